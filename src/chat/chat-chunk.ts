import type { JsonBlob } from '../json/json-blob';
import type { CompletionHead, FinishReason, ShownImage } from './chat-completion';
import type { ChatUsage } from './chat-usage';

/** What one chunk of a stream adds to the message. */
export interface ChatDelta {
  readonly role?: 'assistant';
  readonly content?: JsonBlob | string;
  readonly images?: readonly ShownImage[];
}

/** One event of a stream, as OpenAI has it. */
export interface ChatChunk extends CompletionHead {
  readonly object: 'chat.completion.chunk';
  readonly choices: readonly {
    readonly index: 0;
    readonly delta: ChatDelta;
    readonly logprobs: null;
    readonly finish_reason: FinishReason | null;
  }[];
  /** Null on all chunks but the last, where the client asks for it; else absent. */
  readonly usage?: ChatUsage | null;
}

/** Writes the chunks of one stream. */
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

  /** The last chunk where the client asks for the usage; undefined where it does not, or where nothing is known of it. */
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
