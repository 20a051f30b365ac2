import type { BodyReader } from './body-reader';
import { EventReader, type StreamListener } from './event-reader';
import { failed, type GeminiStreamResult } from './gemini-result';
import { StreamOpening } from './stream-opening';

/** Takes a stream as it comes. */
export interface StreamSink {
  /** The next bytes, as they came. The first ones are no error, and no upstream is tried again after them. */
  readonly onBytes: (bytes: Buffer) => void;
  /** Each event, or item of an array, once it is whole. */
  readonly onEvent: StreamListener;
}

/** Reads a stream, be it events or an array, and hands on its bytes as they are, as soon as they are there. */
export class PassedStreamReader implements BodyReader<GeminiStreamResult> {
  private readonly events: EventReader;
  private readonly opening = new StreamOpening();
  private held: Buffer[] = [];
  private hasBytes = false;
  private saidFailure = false;

  /** @param hangUp breaks the stream off */
  constructor(
    hangUp: () => void,
    private readonly sink: StreamSink,
  ) {
    this.events = new EventReader(hangUp, sink.onEvent);
  }

  /** Whether the stream itself has said that it failed: then its client knows. */
  get hasSaidFailure(): boolean {
    return this.saidFailure;
  }

  /** Whether it stands between two events, where another one can be put. */
  get isBetweenEvents(): boolean {
    return !this.events.isInEvent;
  }

  push(bytes: Buffer): GeminiStreamResult | undefined {
    this.hasBytes = true;
    this.held.push(bytes);
    const opening = this.opening.push(bytes);
    // Read before they are handed on: the head that goes ahead of them tells of the first event what it can.
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
    this.saidFailure ||= result?.ok === false;
    return result;
  }
}
