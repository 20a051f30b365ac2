import type { BodyReader } from './body-reader';
import { failureInEvent } from './event-failure';
import { failed, MAX_RESPONSE_BYTES, type GeminiStreamResult } from './gemini-result';
import { SseJsonReader } from './sse-json-reader';

/** Takes one event of a stream, and tells whether the last word has been said. */
export type StreamListener = (event: unknown) => boolean;

/** How long after the last word a stream may stay open, in milliseconds: the counts may follow it. */
const AFTER_LAST_WORD_MS = 1000;

/**
 * Reads an event stream and tells of each event as soon as it is there, up to the first error.
 * What breaks after the last word, an abort included, takes nothing from what was said: it is made
 * and paid for.
 */
export class EventReader implements BodyReader<GeminiStreamResult> {
  private readonly events = new SseJsonReader(MAX_RESPONSE_BYTES);
  private closing: NodeJS.Timeout | undefined;
  private isOver = false;

  /** @param hangUp breaks the stream off */
  constructor(
    private readonly hangUp: () => void,
    private readonly onEvent: StreamListener,
  ) {}

  push(bytes: Buffer): GeminiStreamResult | undefined {
    return this.tell(this.events.push(bytes));
  }

  end(): GeminiStreamResult {
    const result = this.tell(this.events.end()) ?? { ok: true };
    clearTimeout(this.closing);
    return result;
  }

  cutShort(): GeminiStreamResult | undefined {
    this.isOver = true;
    clearTimeout(this.closing);
    return this.closing === undefined ? undefined : { ok: true };
  }

  private tell(events: Iterable<unknown>): GeminiStreamResult | undefined {
    for (const event of events) {
      const failure = failureInEvent(event);
      if (failure !== undefined) {
        return this.cutShort() ?? failed(failure);
      }
      const isLastWord = this.onEvent(event);
      if (this.isOver) {
        // The listener itself has aborted the call.
        return undefined;
      }
      if (isLastWord) {
        this.closing ??= setTimeout(this.hangUp, AFTER_LAST_WORD_MS);
      }
    }
    return undefined;
  }
}
