import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { SlabPool } from '../../src/memory/slab-pool';
import { eventsOf } from '../event-stream';
import {
  MARKED_HEIGHT,
  MARKED_WIDTH,
  markOf,
  rgbOf,
  sha256Of,
  type MarkedImage,
} from '../marked-image';
import { startMarkingUpstream, type MarkingUpstream } from '../marking-upstream';
import { encoded, form, mask, patterned, type Bytes } from '../pictures';
import { converse, postOf, type RawResponse } from '../raw-client';
import { startEasel, type ImagesBody, type RunningEasel } from '../running-easel';
import { client, isPatient, type Request } from './random-requests';

const SEED = Number(process.env['INTEGRITY_SEED'] ?? randomInt(2 ** 31));
const CLIENTS = 140;
const AT_ONCE = 16;

describe('the images of many clients at once', () => {
  let requests: readonly Request[];
  let upstream: MarkingUpstream;
  let easel: RunningEasel;
  let original: Bytes;
  let hole: Bytes;
  let taken: jest.SpyInstance<Buffer>;
  let images = 0;

  beforeAll(async () => {
    const pixels = patterned(MARKED_WIDTH, MARKED_HEIGHT);
    const size = { width: MARKED_WIDTH, height: MARKED_HEIGHT, channels: 3 } as const;
    original = await encoded(pixels, size);
    // The picture may change where the number is, and has to stay below.
    hole = await mask(MARKED_WIDTH, MARKED_HEIGHT, (_x, y) => (isHeld(y) ? 255 : 0));
    upstream = await startMarkingUpstream((number) => {
      const request = requests[number];
      if (request === undefined) {
        throw new Error('a call for no request');
      }
      return request.upstream;
    });
    taken = jest.spyOn(SlabPool.prototype, 'take');
    const accounts = Array.from({ length: 40 }, (_, index) => ({
      email: `account-${index}@test`,
      baseUrl: upstream.url,
      maxConcurrency: 20,
    }));
    easel = await startEasel({ accounts, env: { LOG_LEVEL: 'warn', MAX_INFLIGHT_IMAGES: '1000' } });
  });
  afterAll(async () => {
    await easel.close();
    await upstream.close();
    jest.restoreAllMocks();
  });

  it(`are their own, to the last byte (INTEGRITY_SEED=${SEED})`, async () => {
    const drawn = fc.sample(client, { seed: SEED, numRuns: CLIENTS });
    const numbered: Request[] = [];
    const clients = drawn.map(({ wishes, manner }) => ({
      manner,
      requests: wishes.map((each) => {
        const request = { ...each, number: numbered.length };
        numbered.push(request);
        return request;
      }),
    }));
    requests = numbered;
    const waiting = [...clients];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const written = await Promise.all(next.requests.map((request) => postFor(request)));
        const responses = await converse(easel.url, written, next.manner);
        if (isPatient(next.manner)) {
          expect(responses).toHaveLength(next.requests.length);
        }
        for (const [index, response] of responses.entries()) {
          const request = next.requests[index];
          if (request !== undefined) {
            await check(request, response);
          }
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));

    expect(images).toBeGreaterThan(300);
    const slabs = taken.mock.results.map(({ value }) => value as Buffer);
    // Slabs were reused, and often. On a busy machine the pool drops more of them in between, after a second.
    expect(slabs.length - new Set(slabs).size).toBeGreaterThan(300);
  });

  function postFor(request: Request): Promise<Buffer> {
    return request.route === 'edits' ? maskedEdit(request) : Promise.resolve(generation(request));
  }

  function fieldsOf({ number, n, delivery, partialImages, format }: Request) {
    return {
      model: 'gpt-image-1',
      prompt: `This is request ${number}. Draw it.`,
      n,
      ...(format === undefined ? {} : { output_format: format }),
      ...(delivery === 'stream'
        ? { stream: true, partial_images: partialImages }
        : { response_format: delivery }),
    };
  }

  function generation(request: Request): Buffer {
    const body = Buffer.from(JSON.stringify(fieldsOf(request)));
    return postOf('/v1/images/generations', 'application/json', body);
  }

  async function maskedEdit(request: Request): Promise<Buffer> {
    const fields = Object.entries(fieldsOf(request)).map(
      ([name, value]) => [name, String(value)] as const,
    );
    const sent = new Response(form(...fields, ['image', original], ['mask', hole]));
    const type = sent.headers.get('content-type') ?? '';
    return postOf('/v1/images/edits', type, Buffer.from(await sent.arrayBuffer()));
  }

  async function check(request: Request, response: RawResponse): Promise<void> {
    const told = `request ${request.number}: ${response.body.toString('utf8', 0, 300)}`;
    expect([response.status, told]).toEqual([200, told]);
    const delivered =
      request.delivery === 'stream'
        ? await streamed(response)
        : { finals: inDocument(response), drafts: [] };
    const { finals = new Map(), drafts = new Map() } = upstream.made.get(request.number) ?? {};
    expect(delivered.finals).toHaveLength(request.n);
    await checkImages(request, delivered.finals, finals);
    await checkImages(request, delivered.drafts, drafts);
    images += delivered.finals.length + delivered.drafts.length;
  }

  function inDocument(response: RawResponse): readonly string[] {
    const { data } = JSON.parse(response.body.toString('utf8')) as ImagesBody;
    return data.map(({ b64_json: image, url = '' }) => image ?? url.replace(/^[^,]*,/, ''));
  }

  async function streamed(response: RawResponse) {
    const events = await eventsOf(new Response(new Uint8Array(response.body)));
    const ofType = (type: RegExp): readonly string[] =>
      events
        .filter(({ data }) => type.test(data.type))
        .map(({ data: { b64_json: image = '' } }) => image);
    return { finals: ofType(/\.completed$/), drafts: ofType(/\.partial_image$/) };
  }

  /** Each is one of those that were made for this request, and no two are the same. */
  async function checkImages(
    request: Request,
    delivered: readonly string[],
    made: ReadonlyMap<number, MarkedImage>,
  ): Promise<void> {
    const own = [...made.values()];
    const found: (number | undefined)[] = [];
    for (const base64 of delivered) {
      const bytes = Buffer.from(base64, 'base64');
      expect(bytes.toString('base64') === base64).toBe(true);
      if (request.route === 'generations' && request.format === undefined) {
        const sha256 = sha256Of(bytes);
        found.push(own.find((image) => image.sha256 === sha256)?.id);
      } else {
        const pixels = await rgbOf(bytes);
        const image = made.get(markOf(pixels));
        found.push(image?.id);
        if (image !== undefined && request.format !== 'webp') {
          expect(pixels.equals(await expectedPixels(request, image))).toBe(true);
        }
      }
    }
    expect([request.number, ...found]).not.toContain(undefined);
    expect(new Set(found).size).toBe(found.length);
  }

  async function expectedPixels(request: Request, image: MarkedImage): Promise<Buffer> {
    const pixels = await rgbOf(Buffer.from(image.base64, 'base64'));
    const heldFrom = [...Array(MARKED_HEIGHT).keys()].findIndex(isHeld) * MARKED_WIDTH * 3;
    return request.route === 'generations'
      ? pixels
      : Buffer.concat([
          pixels.subarray(0, heldFrom),
          patterned(MARKED_WIDTH, MARKED_HEIGHT).subarray(heldFrom),
        ]);
  }
});

/** Whether the mask keeps this row of the original. */
function isHeld(y: number): boolean {
  return y >= MARKED_HEIGHT - 8;
}
