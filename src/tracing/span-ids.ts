import { randomFillSync } from 'node:crypto';

/** Random bytes are drawn and converted to text once for this many span ids. */
const AT_ONCE = 256;
const SPAN_ID_LENGTH = 16;
const TRACE_ID_LENGTH = 32;

/**
 * Generates ids in hex. Each is cut from a longer text, because converting bytes to text takes
 * longer than all else that creates a span.
 */
export class SpanIds {
  private readonly bytes = Buffer.allocUnsafe((AT_ONCE * SPAN_ID_LENGTH) / 2);
  private text = '';
  private position = 0;

  traceId(): string {
    return this.next(TRACE_ID_LENGTH);
  }

  spanId(): string {
    return this.next(SPAN_ID_LENGTH);
  }

  private next(length: number): string {
    if (this.position + length > this.text.length) {
      this.text = randomFillSync(this.bytes).toString('hex');
      this.position = 0;
    }
    const from = this.position;
    this.position += length;
    return this.text.slice(from, this.position);
  }
}
