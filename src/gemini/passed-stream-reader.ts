import type { BodyReader } from './body-reader';
import { EventReader, type StreamListener } from './event-reader';
import { failed, type GeminiStreamResult } from './gemini-result';
import { StreamOpening } from './stream-opening';

/** Receives a stream as it arrives. */
export interface StreamSink {
  /**
   * The next bytes, as received. The first ones are not an error, and no other upstream is tried
   * after them.
   */
  readonly onBytes: (bytes: Buffer) => void;
  /** Each event, or array item, once it is complete. */
  readonly onEvent: StreamListener;
}

/**
 * Reads a stream, either events or an array, and passes on its bytes unchanged as soon as they
 * arrive.
 */
export class PassedStreamReader implements BodyReader<GeminiStreamResult> {
  private readonly events: EventReader;
  private readonly opening = new StreamOpening();
  private held: Buffer[] = [];
  private hasBytes = false;
  private reportedFailure = false;

  /** @param hangUp disconnects from upstream */
  constructor(
    hangUp: () => void,
    private readonly sink: StreamSink,
  ) {
    this.events = new EventReader(hangUp, sink.onEvent);
  }

  /** Whether the stream itself has reported a failure, so that its client knows. */
  get hasReportedFailure(): boolean {
    return this.reportedFailure;
  }

  /** Whether the stream is between two events, where another one can be inserted. */
  get isBetweenEvents(): boolean {
    return !this.events.isInEvent;
  }

  push(bytes: Buffer): GeminiStreamResult | undefined {
    this.hasBytes = true;
    this.held.push(bytes);
    const opening = this.opening.push(bytes);
    // Read before the bytes are passed on: the response head, which is sent first, uses facts from
    // the first event.
    try {
      return this.noted(this.events.push(bytes));
    } finally {
      if (opening === 'content') {
        this.handOn();
      }
    }
  }

  end(): GeminiStreamResult {
    if (!this.hasBytes) {
      return failed({ kind: 'no_image', reason: 'EMPTY_RESPONSE' });
    }
    const result = this.events.end();
    if (result.ok) {
      this.handOn();
    }
    this.noted(result);
    return result;
  }

  cutShort(): GeminiStreamResult | undefined {
    return this.events.cutShort();
  }

  private handOn(): void {
    const { held } = this;
    this.held = [];
    for (const bytes of held) {
      this.sink.onBytes(bytes);
    }
  }

  private noted<T extends GeminiStreamResult | undefined>(result: T): T {
    this.reportedFailure ||= result?.ok === false;
    return result;
  }
}
