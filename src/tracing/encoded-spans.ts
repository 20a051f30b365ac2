import { INVALID_SPAN_CONTEXT, TraceFlags, type SpanContext } from '@opentelemetry/api';
import { BufferPool } from './buffer-pool';
import type { Origin, SpanEncoder } from './span-encoder';
import type { TraceSpan } from './trace-span';

/**
 * How many spans are encoded at once: enough for the encoder to be in the processor's caches for
 * most of them, and few enough for them to be gone when V8 next collects young objects, which takes
 * time for each object that is not. To encode the spans of an image, 32 at once took a quarter more
 * time than 128, and 512 took no less (decision 26).
 */
const AT_ONCE = 128;
/** How long a span waits for others, in milliseconds. A batch waits 5 seconds by default. */
const WAIT_MS = 100;
/** How many buffers are kept for reuse: for the groups of a batch, and for its request. */
const GROUPS_KEPT = 8;
const REQUESTS_KEPT = 2;

const RECORDED: SpanContext = { ...INVALID_SPAN_CONTEXT, traceFlags: TraceFlags.SAMPLED };

/**
 * Spans that were encoded together. OpenTelemetry's batch processor keeps it once for each of them:
 * it reads only the context and resource, and an object of its own for each span would survive
 * until its batch is sent.
 */
export class SpanGroup {
  /** How many of its spans were put into a request. */
  private taken = 0;

  constructor(
    readonly resource: Origin['resource'],
    /** They begin with its encoded spans; the rest is unused. */
    readonly bytes: Buffer,
    /** Where each span ends. */
    readonly ends: readonly number[],
  ) {}

  get isEmpty(): boolean {
    return this.taken === this.ends.length;
  }

  spanContext(): SpanContext {
    return RECORDED;
  }

  /**
   * Where the bytes of its next spans begin and end. These are the ones that the batch processor
   * means: a full queue drops the last spans of a group, and others are taken even if they are lost.
   */
  take(count: number): { readonly from: number; readonly to: number } {
    const from = this.position;
    this.taken += count;
    return { from, to: this.position };
  }

  private get position(): number {
    return this.ends[this.taken - 1] ?? 0;
  }
}

/**
 * Encodes ended spans in groups long before their batch is sent, so that their objects are freed.
 * Large buffers are reused: for each page of a new one, the kernel must provide memory, and V8
 * collects garbage more often, since it counts their sizes.
 */
export class EncodedSpans {
  private ended: TraceSpan[] = [];
  private timer: NodeJS.Timeout | undefined;
  private readonly groupBuffers = new BufferPool(GROUPS_KEPT);
  private readonly requestBuffers = new BufferPool(REQUESTS_KEPT);
  private readonly requests = new WeakMap<readonly SpanGroup[], Buffer>();

  /** @param onEncoded called for each span, within a tenth of a second of its end */
  constructor(
    private readonly encoder: SpanEncoder,
    private readonly origin: Origin,
    private readonly onEncoded: (group: SpanGroup) => void,
  ) {}

  /** @param span an ended one */
  add(span: TraceSpan): void {
    const count = this.ended.push(span);
    if (count >= AT_ONCE) {
      this.encode();
    } else if (count === 1) {
      this.timer = setTimeout(() => {
        this.encode();
      }, WAIT_MS).unref();
    }
  }

  /** Encodes those that still wait. */
  encode(): void {
    clearTimeout(this.timer);
    const { ended, origin } = this;
    this.ended = [];
    const { bytes, ends } = this.encoder.spans(ended, this.groupBuffers);
    const group = new SpanGroup(origin.resource, bytes, ends);
    for (let index = 0; index < ends.length; index += 1) {
      this.onEncoded(group);
    }
  }

  /** The export request for these spans; undefined if there are none. */
  request(spans: readonly SpanGroup[]): Buffer | undefined {
    const parts = partsOf(spans);
    const length = parts.reduce((sum, { to, from }) => sum + to - from, 0);
    if (length === 0) {
      return undefined;
    }
    const head = this.encoder.head(this.origin, length);
    const buffer = this.requestBuffers.take(head.length + length);
    let position = head.copy(buffer);
    for (const { group, from, to } of parts) {
      position += group.bytes.copy(buffer, position, from, to);
      if (group.isEmpty) {
        this.groupBuffers.give(group.bytes);
      }
    }
    this.requests.set(spans, buffer);
    return buffer.subarray(0, position);
  }

  /**
   * Called when the collector has accepted these spans. It has read their request then, and the
   * buffer can be reused.
   */
  delivered(spans: readonly SpanGroup[]): void {
    const buffer = this.requests.get(spans);
    if (buffer !== undefined) {
      this.requests.delete(spans);
      this.requestBuffers.give(buffer);
    }
  }

  /**
   * Called when these spans are lost. The exporter makes no request for them if too many are being
   * sent. If it has made one, something may still read its buffer.
   */
  lost(spans: readonly SpanGroup[]): void {
    if (!this.requests.has(spans)) {
      partsOf(spans);
    }
  }
}

interface Part {
  readonly group: SpanGroup;
  readonly from: number;
  readonly to: number;
}

/** The spans of a group are next to each other, and copied at once. */
function partsOf(spans: readonly SpanGroup[]): readonly Part[] {
  const parts: Part[] = [];
  for (let index = 0; index < spans.length;) {
    const group = spans[index] as SpanGroup;
    const first = index;
    while (spans[index] === group) {
      index += 1;
    }
    parts.push({ group, ...group.take(index - first) });
  }
  return parts;
}
