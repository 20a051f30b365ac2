/** One server-sent event as a strict client reads it, or a comment. */
export interface ReadEvent {
  readonly name: string | undefined;
  readonly data: EventData;
}

/** The data of an event, as far as the tests look at it. */
interface EventData {
  readonly type: string;
  readonly b64_json?: string;
  readonly created_at?: number;
  readonly size?: string;
  readonly quality?: string;
  readonly background?: string;
  readonly output_format?: string;
  readonly partial_image_index?: number;
  readonly usage?: Readonly<Record<string, unknown>>;
  readonly error?: Readonly<Record<string, unknown>>;
}

/** Every event of a stream, once it has ended; comments are left out. */
export async function eventsOf(response: Response): Promise<readonly ReadEvent[]> {
  return parseEvents(await response.text());
}

/** The events of a stream, each as soon as it is there; comments are left out. */
export async function* eventsAsTheyCome(response: Response): AsyncGenerator<ReadEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body ?? []) {
    rest += decoder.decode(chunk as Uint8Array, { stream: true });
    const end = rest.lastIndexOf('\n\n');
    if (end >= 0) {
      yield* parseEvents(rest.slice(0, end + 2));
      rest = rest.slice(end + 2);
    }
  }
}

/** Refuses whatever one client or another stumbles over: other fields, CR, data on two lines. */
export function parseEvents(text: string): readonly ReadEvent[] {
  const blocks = text.split('\n\n');
  expect(blocks.pop()).toBe('');
  return blocks
    .filter((block) => block !== ': keepalive')
    .map((block) => {
      const [event = '', data = '', ...others] = block.split('\n');
      expect(others).toEqual([]);
      expect(event).toMatch(/^event: [a-z_.]+$/);
      expect(data.slice(0, 7)).toBe('data: {');
      return {
        name: event.slice('event: '.length),
        data: JSON.parse(data.slice('data: '.length)) as EventData,
      };
    });
}

/** An event in one word: `partial 0`, `completed`, `error`. */
export function inAWord({ data }: ReadEvent): string {
  const word = data.type.replace(/^image_generation\.|_image$/g, '');
  return data.partial_image_index === undefined ? word : `${word} ${data.partial_image_index}`;
}
