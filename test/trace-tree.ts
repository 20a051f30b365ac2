import type { AttributeValue, ReceivedSpan } from './otlp-collector';

/** A span with those below it, in the order of their images and of their beginning. */
export interface TraceNode {
  readonly span: ReceivedSpan;
  readonly below: readonly TraceNode[];
}

/** The one tree that the spans make; throws where they make none, or several. */
export function traceTree(spans: readonly ReceivedSpan[]): TraceNode {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const [top, ...others] = spans.filter(({ parentSpanId }) => !ids.has(parentSpanId));
  if (top === undefined || others.length > 0) {
    throw new Error(`no tree: ${spans.map(({ name }) => name).join(', ')}`);
  }
  return nodeOf(top, spans);
}

function nodeOf(span: ReceivedSpan, spans: readonly ReceivedSpan[]): TraceNode {
  return {
    span,
    below: spans
      .filter(({ parentSpanId }) => parentSpanId === span.spanId)
      .sort((a, b) => indexOf(a) - indexOf(b) || a.startMs - b.startMs)
      .map((child) => nodeOf(child, spans)),
  };
}

function indexOf({ attributes }: ReceivedSpan): number {
  return Number(attributes['easel.image.index'] ?? 0);
}

/** Attributes that differ from run to run. */
const OF_THE_RUN = /_ms$|^server\.|^client\.|^url\.scheme|^easel\.request_id|^user_agent|^network/;

/** What a person reads of a trace: a line for each span and each event, indented by what it is a part of. */
export function renderTrace(node: TraceNode, indent = ''): string {
  const { span, below } = node;
  const { name, kind, attributes, events, fault } = span;
  const lines = [
    `${indent}${name} (${kind})${fault === undefined ? '' : ` ERROR ${fault}`}`,
    ...Object.entries(attributes)
      .filter(([key]) => !OF_THE_RUN.test(key))
      .map(([key, value]) => `${indent}    ${key} = ${shown(value)}`),
    ...events.map(
      (event) =>
        `${indent}  * ${event.name}: ${Object.entries(event.attributes)
          .filter(([key]) => !/wait_ms$/.test(key))
          .map(([key, value]) => `${key} = ${shown(value)}`)
          .join(', ')}`,
    ),
    ...below.map((child) => renderTrace(child, `${indent}  `)),
  ];
  return lines.join('\n');
}

function shown(value: AttributeValue): string {
  return Array.isArray(value) ? value.map(String).join(', ') : String(value);
}
