import type { TraceIds, TraceSpan } from '../tracing/trace-span';

/** What each log line about a request begins with: its id, and those of its trace, if it has one. */
export interface LogIds extends Partial<TraceIds> {
  readonly requestId: string;
}

export function logIdsOf(requestId: string, trace: TraceSpan | undefined): LogIds {
  return trace === undefined ? { requestId } : { requestId, ...trace.ids };
}
