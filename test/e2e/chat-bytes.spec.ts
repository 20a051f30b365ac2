import { memoryBound } from '../memory-bounds';
import { markedImage, sha256Of, type MarkedImage } from '../marked-image';
import { startWatchedEasel, type WatchedEasel } from '../watched-easel';

const MEBIBYTE = 1024 * 1024;
const IMAGE_BYTES = 12 * MEBIBYTE;

/** An image in base64 is looked at in steps of this many characters; nothing is longer. */
const LONGEST_STRING = 1.5 * MEBIBYTE;

/** Where an image of 16 MB in base64 stands in a chat. */
const PLACEMENTS: readonly (readonly [name: string, content: (uri: string) => unknown])[] = [
  [
    'a part of a message',
    (url) => [
      { type: 'text', text: 'make it blue' },
      { type: 'image_url', image_url: { url } },
    ],
  ],
  ['markdown in its text', (uri) => `Look:\n\n![image](${uri})\n\nmake it "blue"`],
];

describe('an image of 16 MB in a chat', () => {
  let easel: WatchedEasel;
  let sent: MarkedImage;

  beforeAll(async () => {
    sent = await markedImage(0x4321, IMAGE_BYTES);
    easel = await startWatchedEasel(IMAGE_BYTES);
  });
  afterAll(() => easel.close());

  const post = async (route: string, body: object) => {
    const response = await fetch(`${easel.url}/v1/${route}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, text: Buffer.from(await response.arrayBuffer()) };
  };
  const uri = () => `data:image/jpeg;base64,${sent.base64}`;
  const chat = (content: unknown, fields: object = {}) =>
    post('chat/completions', { messages: [{ role: 'user', content }], ...fields });
  /** The digests of all data URIs in a response. */
  const digestsIn = (text: Buffer) =>
    // Without a group that repeats: over 21 MB, V8 may run out of the stack it goes back by.
    text
      .toString('latin1')
      .split('data:image/jpeg;base64,')
      .slice(1)
      .map((rest) => rest.slice(0, rest.search(/[^A-Za-z0-9+/=]/)))
      .map((base64) => sha256Of(Buffer.from(base64, 'base64')));

  it.each(PLACEMENTS)('as %s is the same at both ends, and no string', async (_name, content) => {
    await easel.watched();
    for (const [fields, copies] of [
      [{ modalities: ['image', 'text'] }, 1],
      [{}, 2],
      [{ stream: true }, 2],
    ] as const) {
      const { status, text } = await chat(content(uri()), fields);
      expect(status).toBe(200);
      expect(digestsIn(text)).toEqual(Array.from({ length: copies }, () => easel.made.sha256));
      expect(easel.received.at(-1)).toEqual([sent.sha256]);
    }
    expect((await easel.watched()).longest).toBeLessThan(LONGEST_STRING);
  });

  it('returns in the history, and does not become a string', async () => {
    await easel.watched();
    const messages = [
      { role: 'user', content: 'a cat' },
      {
        role: 'assistant',
        content: `Here:\n![image](${uri()})`,
        images: [{ type: 'image_url', image_url: { url: uri() } }],
      },
      { role: 'user', content: 'make it blue' },
    ];
    const { status } = await post('chat/completions', { messages });
    expect(status).toBe(200);
    expect(easel.received.at(-1)).toEqual([sent.sha256, sent.sha256]);
    expect((await easel.watched()).longest).toBeLessThan(LONGEST_STRING);
  });
});

describe('many chats with large images', () => {
  it('stay within the memory that is counted', async () => {
    const maxInflightMegabytes = 150;
    const easel = await startWatchedEasel(IMAGE_BYTES, {
      MAX_INFLIGHT_MB: String(maxInflightMegabytes),
    });
    try {
      const { base64 } = await markedImage(7, IMAGE_BYTES);
      const bodies = PLACEMENTS.map(([, content]) =>
        JSON.stringify({
          messages: [{ role: 'user', content: content(`data:image/jpeg;base64,${base64}`) }],
        }),
      );
      const ask = async (body: string): Promise<number> => {
        const response = await fetch(`${easel.url}/v1/chat/completions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        });
        await response.arrayBuffer();
        // Where clients are too slow, bodies that have begun wait for one another, and one gives way. SDKs try again.
        return response.status === 503 ? ask(body) : response.status;
      };
      const statuses = await Promise.all(
        Array.from({ length: 24 }, (_, index) => ask(bodies[index % bodies.length] ?? '')),
      );
      expect(new Set(statuses)).toEqual(new Set([200]));
      const metrics = await (await fetch(`${easel.url}/metrics`)).text();
      const peak = Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1]) / MEBIBYTE;
      expect(peak).toBeLessThan(memoryBound(maxInflightMegabytes));
      // Nothing is held once all are answered.
      expect(metrics).toMatch(/^easel_inflight_bytes 0$/m);
    } finally {
      await easel.close();
    }
  }, 180_000);
});
