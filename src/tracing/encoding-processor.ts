import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ISerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-node';
import { SpanEncoder } from './span-encoder';

/** What a batch and its exporter read from a span, and the encoded span. */
type EncodedSpan = Pick<ReadableSpan, 'spanContext' | 'resource' | 'instrumentationScope'> & {
  readonly bytes: Uint8Array;
};

/** Converts the spans of a batch to a request. */
export type SpanSerializer = ISerializer<ReadableSpan[], unknown>;

/**
 * Encodes each span when it ends. Unencoded, a span would wait for its batch for seconds with all
 * its attributes, and the garbage collector would have to move hundreds of them.
 */
export class EncodingProcessor implements SpanProcessor {
  private readonly encoder = new SpanEncoder();
  private readonly batches: SpanProcessor;

  /**
   * @param batchesOf creates the processor that collects spans and exports them with this
   * serializer
   */
  constructor(batchesOf: (serializer: SpanSerializer) => SpanProcessor) {
    this.batches = batchesOf({
      serializeRequest: (spans) => this.request(spans as unknown as readonly EncodedSpan[]),
      deserializeResponse: (data) => ProtobufTraceSerializer.deserializeResponse(data),
    });
  }

  onStart(): void {
    // Nothing to do before the span ends.
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
