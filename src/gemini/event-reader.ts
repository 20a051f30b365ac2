import type { BodyReader } from './body-reader';
import { failureInEvent } from './event-failure';
import { failed, MAX_RESPONSE_BYTES, type GeminiStreamResult } from './gemini-result';
import { SseJsonReader } from './sse-json-reader';

/** Receives one event of a stream, and returns whether the model has finished so far. */
export type StreamListener = (event: unknown) => boolean;

/**
 * How long a stream may stay open and silent once the model has finished, in milliseconds. STOP
 * does not end it: relays have sent it 2.5 s before the image, and with a draft 1.5 s before the
 * final one.
 */
const SILENCE_MS = 10_000;

/**
 * Reads an event stream to its end and passes on each complete event, up to the first error. A
 * stream that breaks off after the model has finished, even by an abort, counts as a success: its
 * image is made and paid for.
 */
export class EventReader implements BodyReader<GeminiStreamResult> {
  private readonly events = new SseJsonReader(MAX_RESPONSE_BYTES);
  private isFinished = false;
  private isOver = false;
  private silence: NodeJS.Timeout | undefined;

  /**
   * @param hangUp disconnects from upstream
   * @param silenceMs how long to wait for more once the model has finished; only tests change it
   */
  constructor(
    private readonly hangUp: () => void,
    private readonly onEvent: StreamListener,
    private readonly silenceMs = SILENCE_MS,
  ) {}

  /** Whether an event has arrived in part. */
  get isInEvent(): boolean {
    return this.events.isInEvent;
  }

  push(bytes: Buffer): GeminiStreamResult | undefined {
    return this.handOn(this.events.push(bytes));
  }

  end(): GeminiStreamResult {
    const result = this.handOn(this.events.end()) ?? { ok: true };
    clearTimeout(this.silence);
    return result;
  }

  cutShort(): GeminiStreamResult | undefined {
    this.isOver = true;
    clearTimeout(this.silence);
    return this.isFinished ? { ok: true } : undefined;
  }

  private handOn(events: Iterable<unknown>): GeminiStreamResult | undefined {
    for (const event of events) {
      const failure = failureInEvent(event);
      if (failure !== undefined) {
        return this.cutShort() ?? failed(failure);
      }
      const isFinished = this.onEvent(event);
      if (this.isOver) {
        // The listener itself aborted the call.
        return undefined;
      }
      this.isFinished ||= isFinished;
      if (this.isFinished) {
        this.awaitMore();
      }
    }
    return undefined;
  }

  private awaitMore(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      if (this.events.isInEvent) {
        // An image is being received, and a large one takes a while.
        this.awaitMore();
      } else {
        this.hangUp();
      }
    }, this.silenceMs);
  }
}
