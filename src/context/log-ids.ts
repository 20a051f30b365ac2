import type { TraceIds, TraceSpan } from '../tracing/trace-span';

/** What each log line about a request begins with: its id, and those of its trace, if it has one. */
export interface LogIds extends Partial<TraceIds> {
  readonly requestId: string;
}

export function logIdsOf(requestId: string, trace: TraceSpan | undefined): LogIds {
  if (trace === undefined) {
    return { requestId };
  }
  const { trace_id, span_id, trace_flags } = trace.ids;
  return { requestId, trace_id, span_id, trace_flags };
}
