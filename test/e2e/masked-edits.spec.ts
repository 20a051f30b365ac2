import sharp from 'sharp';
import { eventsOf } from '../event-stream';
import { dataUri, encoded, form, mask, patterned, type AlphaAt, type Bytes } from '../pictures';
import { startEasel, type ImagesBody, type RunningEasel } from '../running-easel';

const WIDTH = 120;
const HEIGHT = 80;

/** Opaque but for a disc with a soft edge. */
const disc: AlphaAt = (x, y) => {
  const distance = Math.hypot(x - WIDTH * 0.6, y - HEIGHT / 2);
  return Math.round(Math.min(255, Math.max(0, (distance - 15) * 25)));
};

interface Raw {
  readonly data: Buffer;
  readonly info: { readonly width: number; readonly height: number; readonly channels: number };
}

const rawOf = (image: string | Uint8Array): Promise<Raw> =>
  sharp(typeof image === 'string' ? Buffer.from(image, 'base64') : image, { autoOrient: true })
    .raw()
    .toBuffer({ resolveWithObject: true });

/** How many pixels differ, of those where the mask is opaque and of those where it is transparent. */
function differences(
  before: Raw,
  after: Raw,
  alphaAt: AlphaAt,
): { readonly opaque: number; readonly transparent: number } {
  const { width, height, channels } = before.info;
  expect(after.info).toMatchObject({ width, height, channels });
  const count = { opaque: 0, transparent: 0 };
  for (let at = 0; at < width * height; at += 1) {
    const alpha = alphaAt(at % width, Math.floor(at / width));
    const pixel = ({ data }: Raw) => data.subarray(at * channels, (at + 1) * channels);
    if (!pixel(before).equals(pixel(after)) && (alpha === 255 || alpha === 0)) {
      count[alpha === 255 ? 'opaque' : 'transparent'] += 1;
    }
  }
  return count;
}

describe('a mask', () => {
  let easel: RunningEasel;
  let hole: Bytes;

  const imagesOf = async (response: Response) => {
    const body = (await response.json()) as ImagesBody;
    return { ...body, images: body.data.map(({ b64_json: image = '' }) => image) };
  };

  beforeAll(async () => {
    hole = await mask(WIDTH, HEIGHT, disc);
    easel = await startEasel({ drawing: 'pictures' });
  });
  afterAll(() => easel.close());
  beforeEach(() => {
    easel.emulator.reset();
  });

  it.each<[string, 3 | 4, 'png' | 'jpeg' | 'webp']>([
    ['a PNG', 3, 'png'],
    ['a PNG with alpha', 4, 'png'],
    ['a JPEG', 3, 'jpeg'],
    ['a WebP', 3, 'webp'],
  ])('holds to the pixel over %s, for each of two images', async (_name, channels, format) => {
    const size = { width: WIDTH, height: HEIGHT, channels };
    const original = await encoded(patterned(WIDTH, HEIGHT, channels), size, format);
    const response = await easel.edit(
      form(
        ['image', original],
        ['mask', hole],
        ['prompt', 'a boat'],
        ['n', '2'],
        ['size', '1024x1536'],
      ),
    );
    expect(response.status).toBe(200);
    expect(response.headers.get('x-image-aspect-ratio')).toBe('2:3');
    const { images, ...body } = await imagesOf(response);
    expect(body).toMatchObject({ output_format: 'png', size: `${WIDTH}x${HEIGHT}` });
    expect(images).toHaveLength(2);
    expect(images[0]).not.toBe(images[1]);
    const before = await rawOf(original);
    for (const image of images) {
      const { opaque, transparent } = differences(before, await rawOf(image), disc);
      expect(opaque).toBe(0);
      expect(transparent).toBeGreaterThan(300);
    }
  });

  it('is needed: without one the emulator changes pixels everywhere, as Gemini does', async () => {
    const size = { width: WIDTH, height: HEIGHT, channels: 3 } as const;
    const original = await encoded(patterned(WIDTH, HEIGHT), size);
    const { images } = await imagesOf(await easel.edit(form(['image', original], ['prompt', 'x'])));
    const response = await sharp(Buffer.from(images[0] ?? '', 'base64'))
      .resize(WIDTH, HEIGHT, { fit: 'fill' })
      .png()
      .toBuffer();
    const { opaque } = differences(await rawOf(original), await rawOf(response), disc);
    expect(opaque).toBeGreaterThan(1000);
  });

  it('fits the upright image of a rotated camera', async () => {
    const size = { width: HEIGHT, height: WIDTH, channels: 3 } as const;
    // Stored on its side: to be seen it is turned by 90°, and is WIDTH x HEIGHT then.
    const original = await encoded(patterned(HEIGHT, WIDTH), size, 'jpeg', 6);
    const response = await easel.edit(
      form(['image', original], ['mask', hole], ['prompt', 'a boat']),
    );
    const { images, ...body } = await imagesOf(response);
    expect(body).toMatchObject({ output_format: 'png', size: `${WIDTH}x${HEIGHT}` });
    const after = await rawOf(images[0] ?? '');
    const { opaque, transparent } = differences(await rawOf(original), after, disc);
    expect(opaque).toBe(0);
    expect(transparent).toBeGreaterThan(300);
  });

  it('is sent upstream last, in black and white, with an explanation', async () => {
    const size = { width: WIDTH, height: HEIGHT, channels: 3 } as const;
    const original = await encoded(patterned(WIDTH, HEIGHT), size);
    await easel.edit({
      prompt: 'a boat',
      images: [{ image_url: dataUri(original) }, { image_url: dataUri(original) }],
      mask: { image_url: dataUri(hole) },
    });
    const body = easel.emulator.requests[0]?.body as {
      readonly contents: readonly {
        readonly parts: readonly {
          readonly text?: string;
          readonly inlineData?: { readonly mimeType: string; readonly data: string };
        }[];
      }[];
    };
    const parts = body.contents[0]?.parts ?? [];
    expect(parts).toHaveLength(4);
    expect(parts[0]?.text).toMatch(/^a boat\n\nImage 3 is .* a mask for image 1/);
    const shown = await rawOf(parts[3]?.inlineData?.data ?? '');
    const { channels } = shown.info;
    expect(shown.data[0]).toBe(0);
    expect(shown.data[(HEIGHT / 2) * WIDTH * channels + WIDTH * 0.6 * channels]).toBe(255);
  });

  it('applies to partial images too', async () => {
    const size = { width: WIDTH, height: HEIGHT, channels: 3 } as const;
    const original = await encoded(patterned(WIDTH, HEIGHT), size);
    const response = await easel.edit(
      form(
        ['image', original],
        ['mask', hole],
        ['prompt', 'a boat'],
        ['stream', 'true'],
        ['partial_images', '2'],
      ),
    );
    const events = await eventsOf(response);
    expect(events.map(({ name }) => name)).toEqual([
      'image_edit.partial_image',
      'image_edit.partial_image',
      'image_edit.completed',
    ]);
    const before = await rawOf(original);
    for (const { data } of events) {
      expect(data).toMatchObject({ size: `${WIDTH}x${HEIGHT}`, output_format: 'png' });
      expect(differences(before, await rawOf(data.b64_json ?? ''), disc).opaque).toBe(0);
    }
  });

  it('is PNG unless the request names a format, whatever the operator prefers', async () => {
    const webp = await startEasel({ env: { DEFAULT_OUTPUT_FORMAT: 'webp' } });
    const size = { width: WIDTH, height: HEIGHT, channels: 3 } as const;
    const original = await encoded(patterned(WIDTH, HEIGHT), size);
    const parts = [
      ['image', original],
      ['mask', hole],
      ['prompt', 'x'],
    ] as const;
    const plain = await imagesOf(await webp.edit(form(...parts)));
    const named = await imagesOf(await webp.edit(form(...parts, ['output_format', 'webp'])));
    expect([plain.output_format, named.output_format]).toEqual(['png', 'webp']);
    expect(named.size).toBe(`${WIDTH}x${HEIGHT}`);
    await webp.close();
  });

  it('that is opaque everywhere gives the original back, with a warning', async () => {
    const size = { width: WIDTH, height: HEIGHT, channels: 3 } as const;
    const original = await encoded(patterned(WIDTH, HEIGHT), size);
    const all = await mask(WIDTH, HEIGHT, () => 255);
    const response = await easel.edit(form(['image', original], ['mask', all], ['prompt', 'x']));
    expect(response.headers.get('x-mapping-warning')).toContain('opaque everywhere');
    const { images } = await imagesOf(response);
    expect((await rawOf(images[0] ?? '')).data).toEqual((await rawOf(original)).data);
  });

  it('reports a response that is not an image as an upstream error', async () => {
    easel.emulator.injectFault({ kind: 'not_an_image' });
    const size = { width: WIDTH, height: HEIGHT, channels: 3 } as const;
    const original = await encoded(patterned(WIDTH, HEIGHT), size);
    const response = await easel.edit(form(['image', original], ['mask', hole], ['prompt', 'x']));
    expect(response.status).toBe(502);
  });
});
