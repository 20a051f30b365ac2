import { isValidSpanId, isValidTraceId } from '@opentelemetry/api';
import { SpanIds } from './span-ids';

describe('SpanIds', () => {
  it('are valid, and never the same', () => {
    const ids = new SpanIds();
    const traces = Array.from({ length: 2000 }, () => ids.traceId());
    const spans = Array.from({ length: 2000 }, () => ids.spanId());
    expect(traces.every((id) => isValidTraceId(id))).toBe(true);
    expect(spans.every((id) => isValidSpanId(id))).toBe(true);
    // A span id that is part of a trace id was cut from the same text twice.
    const halves = traces.flatMap((id) => [id.slice(0, 16), id.slice(16)]);
    expect(new Set([...halves, ...spans]).size).toBe(6000);
  });
});
