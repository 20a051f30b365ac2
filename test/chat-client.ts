import type { RunningEasel } from './running-easel';

/** A response to a chat, as far as the tests read it. */
export interface ChatBody {
  readonly id: string;
  readonly object: string;
  readonly created: number;
  readonly model: string;
  readonly choices: readonly {
    readonly index: number;
    readonly finish_reason: string | null;
    readonly message: ChatMessage;
  }[];
  readonly usage?: Readonly<Record<string, unknown>>;
}

interface ChatMessage {
  readonly role: string;
  readonly content: string;
  readonly refusal: string | null;
  readonly images?: readonly ChatImage[];
}

interface ChatImage {
  readonly type: string;
  readonly index: number;
  readonly image_url: { readonly url: string };
}

/** A chunk of a stream, or the error that ends it. */
export interface ChatChunk {
  readonly object?: string;
  readonly choices?: readonly {
    readonly delta: Partial<ChatMessage>;
    readonly finish_reason: string | null;
  }[];
  readonly usage?: Readonly<Record<string, unknown>> | null;
  readonly error?: Readonly<Record<string, unknown>>;
}

/** Posts a chat; the body as it is when a string, else as JSON. */
export function chat(
  { url }: Pick<RunningEasel, 'url'>,
  body: unknown,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal && { signal }),
  });
}

export async function chatBody(response: Response): Promise<ChatBody> {
  return (await response.json()) as ChatBody;
}

/** The events of a stream, comments left out; it has to end with `[DONE]`, and with nothing behind it. */
export function chunksOf(text: string): readonly ChatChunk[] {
  const blocks = text.split('\n\n');
  expect(blocks.pop()).toBe('');
  const events = blocks.filter((block) => !block.startsWith(':'));
  expect(events.pop()).toBe('data: [DONE]');
  return events.map((event) => {
    expect(event).toMatch(/^data: \{.*\}$/);
    return JSON.parse(event.slice('data: '.length)) as ChatChunk;
  });
}

/** A short description of a chunk: `role`, `text Hello`, `images 1`, `stop`, `usage`, `error code`. */
export function inWords(chunk: ChatChunk): string {
  if (chunk.error !== undefined) {
    return `error ${String(chunk.error['code'])}`;
  }
  const [choice] = chunk.choices ?? [];
  if (choice === undefined) {
    return 'usage';
  }
  const { delta, finish_reason: finish } = choice;
  const words = [
    ...(delta.role === undefined ? [] : ['role']),
    ...(delta.content === undefined || delta.content === '' ? [] : [`text ${delta.content}`]),
    ...(delta.images === undefined
      ? []
      : [`images ${delta.images.map(({ index }) => index).join(' ')}`]),
    ...(finish === null ? [] : [finish]),
  ];
  return words.join(', ');
}

/** The bytes of an image in a data URI. */
export function bytesOf(uri: string | undefined): Buffer {
  const [, base64 = ''] = /^data:image\/(?:png|jpeg);base64,(.+)$/.exec(uri ?? '') ?? [];
  return Buffer.from(base64, 'base64');
}
