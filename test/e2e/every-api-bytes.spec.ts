import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { markedImage, sha256Of, type MarkedImage } from '../marked-image';
import { memoryBoundOfBytes } from '../memory-bounds';
import { startWatchedEasel, statusOf, type WatchedEasel } from '../watched-easel';

const MEBIBYTE = 1024 * 1024;
/** 16 MB in base64. */
const IMAGE_BYTES = 12 * MEBIBYTE;
/** Such an image in base64, and some JSON. */
const BODY_MEGABYTES = 17;

/** An image in base64 is looked at in steps of this many characters; nothing is longer. */
const LONGEST_STRING = 1.5 * MEBIBYTE;

interface Api {
  readonly name: string;
  readonly path: string;
  readonly body: (base64: string) => object;
  /** What stands before the base64 of each image in a response. */
  readonly before: RegExp;
}

const uri = (base64: string) => `data:image/jpeg;base64,${base64}`;
const chat = (content: unknown) => ({ messages: [{ role: 'user', content }] });

const APIS: readonly Api[] = [
  {
    name: 'images',
    path: '/v1/images/generations',
    body: (base64) => ({ prompt: 'blue', images: [{ image_url: uri(base64) }] }),
    before: /"b64_json":"/,
  },
  {
    name: 'chat, in images[]',
    path: '/v1/chat/completions',
    body: (base64) => ({
      ...chat([
        { type: 'text', text: 'blue' },
        { type: 'image_url', image_url: { url: uri(base64) } },
      ]),
      modalities: ['image'],
    }),
    before: /data:image\/jpeg;base64,/,
  },
  {
    name: 'chat, as markdown',
    path: '/v1/chat/completions',
    body: (base64) => chat(`![image](${uri(base64)}) blue`),
    before: /data:image\/jpeg;base64,/,
  },
  {
    name: 'OpenRouter’s',
    path: '/api/v1/images',
    body: (base64) => ({ prompt: 'blue', input_references: [{ image_url: { url: uri(base64) } }] }),
    before: /"b64_json":"/,
  },
  {
    name: 'Gemini’s own',
    path: '/v1beta/models/gemini-3-pro-image:generateContent',
    body: (base64) => ({
      contents: [
        {
          role: 'user',
          parts: [{ text: 'blue' }, { inlineData: { mimeType: 'image/jpeg', data: base64 } }],
        },
      ],
    }),
    before: /"data":"/,
  },
  {
    name: 'Gemini’s own, with a label that lies',
    path: '/v1beta/models/gemini-3-pro-image:generateContent',
    body: (base64) => ({
      contents: [{ parts: [{ inlineData: { mimeType: 'image/png', data: base64 } }] }],
    }),
    before: /"data":"/,
  },
];

const bodyOf = ({ body }: Api, base64: string) => Buffer.from(JSON.stringify(body(base64)));

/** The digests of all images in a response. */
function digestsIn({ before }: Api, bytes: Buffer): readonly string[] {
  return bytes
    .toString('latin1')
    .split(before)
    .slice(1)
    .map((rest) => rest.slice(0, rest.search(/[^A-Za-z0-9+/=]/)))
    .map((base64) => sha256Of(Buffer.from(base64, 'base64')));
}

describe('an image of 16 MB', () => {
  let easel: WatchedEasel;
  let sent: MarkedImage;

  beforeAll(async () => {
    sent = await markedImage(0x4321, IMAGE_BYTES);
    easel = await startWatchedEasel(IMAGE_BYTES);
  });
  afterAll(() => easel.close());

  it.each(APIS)('is the same at both ends of $name, and no string', async (api) => {
    await easel.watched();
    const response = await easel.post(api.path, bodyOf(api, sent.base64));
    const bytes = await buffer(response);
    expect(response.statusCode).toBe(200);
    expect(easel.lastReceived()).toEqual([sent.sha256]);
    const digests = digestsIn(api, bytes);
    expect(digests.length).toBeGreaterThan(0);
    expect(new Set(digests)).toEqual(new Set([easel.made.sha256]));
    expect((await easel.watched()).longest).toBeLessThan(LONGEST_STRING);
  });
});

describe('many images of 16 MB, through every API at once', () => {
  it('stay within the memory that is counted', async () => {
    const megabytes = 150;
    const easel = await startWatchedEasel(IMAGE_BYTES, { MAX_INFLIGHT_MB: String(megabytes) });
    try {
      const { base64 } = await markedImage(7, IMAGE_BYTES);
      // Where clients are too slow, bodies that have begun wait for one another, and one gives way. SDKs try again,
      // after a while.
      const insist = async (path: string, body: Buffer): Promise<number | undefined> => {
        const status = await statusOf(await easel.post(path, body));
        if (status === 503) {
          await sleep(1000);
          return insist(path, body);
        }
        return status;
      };
      const asked = APIS.map((api) => ({ path: api.path, body: bodyOf(api, base64) }));
      const statuses = await Promise.all(
        [...asked, ...asked, ...asked].map(({ path, body }) => insist(path, body)),
      );
      expect(new Set(statuses)).toEqual(new Set([200]));
      const metrics = await (await fetch(`${easel.url}/metrics`)).text();
      expect(easel.peakMebibytes()).toBeLessThan(memoryBoundOfBytes(megabytes, BODY_MEGABYTES));
      expect(metrics).toMatch(/^easel_inflight_bytes 0$/m);
    } finally {
      await easel.close();
    }
  }, 240_000);
});
