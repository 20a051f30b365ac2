import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ISerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-node';
import { SpanEncoder } from './span-encoder';

/** What a batch and its exporter ask of a span, and the span itself as it will be sent. */
type EncodedSpan = Pick<ReadableSpan, 'spanContext' | 'resource' | 'instrumentationScope'> & {
  readonly bytes: Uint8Array;
};

/** How the spans of a batch become a request. */
export type SpanSerializer = ISerializer<ReadableSpan[], unknown>;

/**
 * Encodes each span when it ends. One that waited for its batch as it is would live for seconds, with all its
 * attributes, and the garbage collector would carry hundreds of them along.
 */
export class EncodingProcessor implements SpanProcessor {
  private readonly encoder = new SpanEncoder();
  private readonly batches: SpanProcessor;

  /** @param batchesOf what collects spans and has them sent, by this serializer alone */
  constructor(batchesOf: (serializer: SpanSerializer) => SpanProcessor) {
    this.batches = batchesOf({
      serializeRequest: (spans) => this.request(spans as unknown as readonly EncodedSpan[]),
      deserializeResponse: (data) => ProtobufTraceSerializer.deserializeResponse(data),
    });
  }

  onStart(): void {
    // There is nothing of it yet.
  }

  onEnd(span: ReadableSpan): void {
    const { resource, instrumentationScope } = span;
    const context = span.spanContext();
    const encoded: EncodedSpan = {
      spanContext: () => context,
      resource,
      instrumentationScope,
      bytes: this.encoder.span(span),
    };
    this.batches.onEnd(encoded as unknown as ReadableSpan);
  }

  forceFlush(): Promise<void> {
    return this.batches.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.batches.shutdown();
  }

  private request(spans: readonly EncodedSpan[]): Uint8Array | undefined {
    const [first] = spans;
    return (
      first &&
      this.encoder.request(
        first,
        spans.map(({ bytes }) => bytes),
      )
    );
  }
}
