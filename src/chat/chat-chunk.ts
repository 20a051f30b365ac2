import type { JsonBlob } from '../json/json-blob';
import type { CompletionHead, FinishReason, ShownImage } from './chat-completion';
import type { ChatUsage } from './chat-usage';

/** What one chunk of a stream adds to the message. */
export interface ChatDelta {
  readonly role?: 'assistant';
  readonly content?: JsonBlob | string;
  readonly images?: readonly ShownImage[];
}

/** One event of a stream, in OpenAI's form. */
export interface ChatChunk extends CompletionHead {
  readonly object: 'chat.completion.chunk';
  readonly choices: readonly {
    readonly index: 0;
    readonly delta: ChatDelta;
    readonly logprobs: null;
    readonly finish_reason: FinishReason | null;
  }[];
  /** Null on all chunks but the last if the client asks for usage; otherwise absent. */
  readonly usage?: ChatUsage | null;
}

/** Creates the chunks of one stream. */
export class ChatChunks {
  constructor(
    private readonly head: CompletionHead,
    private readonly includesUsage: boolean,
  ) {}

  delta(delta: ChatDelta, finishReason: FinishReason | null = null): ChatChunk {
    return {
      ...this.chunkHead,
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
      ...(this.includesUsage ? { usage: null } : {}),
    };
  }

  /**
   * The last chunk if the client asks for the usage; undefined if it does not, or if the usage is
   * unknown.
   */
  usage(usage: ChatUsage | undefined): ChatChunk | undefined {
    return this.includesUsage && usage !== undefined
      ? { ...this.chunkHead, choices: [], usage }
      : undefined;
  }

  private get chunkHead(): CompletionHead & Pick<ChatChunk, 'object'> {
    const { id, created, model } = this.head;
    return { id, object: 'chat.completion.chunk', created, model };
  }
}
