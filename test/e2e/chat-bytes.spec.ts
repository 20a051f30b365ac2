import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { memoryBoundOfBytes } from '../memory-bounds';
import { markedImage, sha256Of, type MarkedImage } from '../marked-image';
import { startWatchedEasel, statusOf, type WatchedEasel } from '../watched-easel';

const MEBIBYTE = 1024 * 1024;
const IMAGE_BYTES = 12 * MEBIBYTE;
/** Such an image in base64, and some JSON. */
const BODY_MEGABYTES = 17;

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
    const response = await easel.post(`/v1/${route}`, Buffer.from(JSON.stringify(body)));
    return { status: response.statusCode, text: await buffer(response) };
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
      expect(easel.lastReceived()).toEqual([sent.sha256]);
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
    expect(easel.lastReceived()).toEqual([sent.sha256, sent.sha256]);
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
        Buffer.from(
          JSON.stringify({
            messages: [{ role: 'user', content: content(`data:image/jpeg;base64,${base64}`) }],
          }),
        ),
      );
      const ask = async (body: Buffer): Promise<number | undefined> => {
        const status = await statusOf(await easel.post('/v1/chat/completions', body));
        // Where clients are too slow, bodies that have begun wait for one another, and one gives way. SDKs try again,
        // after a while.
        if (status === 503) {
          await sleep(1000);
          return ask(body);
        }
        return status;
      };
      const statuses = await Promise.all(
        Array.from({ length: 24 }, (_, index) =>
          ask(bodies[index % bodies.length] ?? Buffer.alloc(0)),
        ),
      );
      expect(new Set(statuses)).toEqual(new Set([200]));
      const metrics = await (await fetch(`${easel.url}/metrics`)).text();
      expect(easel.peakMebibytes()).toBeLessThan(
        memoryBoundOfBytes(maxInflightMegabytes, BODY_MEGABYTES),
      );
      // Nothing is held once all are answered.
      expect(metrics).toMatch(/^easel_inflight_bytes 0$/m);
    } finally {
      await easel.close();
    }
  }, 180_000);
});
