import sharp, { type Color, type Sharp } from 'sharp';
import { dataUri, encoded, picture, type Bytes } from '../pictures';
import { startEasel, type ErrorBody, type RunningEasel } from '../running-easel';

const [WIDTH, HEIGHT] = [96, 64];
const RED = { r: 255, g: 0, b: 0, alpha: 1 };

interface SentPart {
  readonly text?: string;
  readonly inlineData?: { readonly mimeType: string; readonly data: string };
}

describe('a markup over the first image', () => {
  let easel: RunningEasel;
  let photo: Bytes;
  let other: Bytes;
  let markup: Bytes;

  const canvas = (background: object | string, width = WIDTH, height = HEIGHT) =>
    sharp({ create: { width, height, channels: 4, background: background as Color } });
  const png = async (image: Sharp) => new Uint8Array(await image.png().toBuffer());

  beforeAll(async () => {
    easel = await startEasel();
    photo = await picture(WIDTH, HEIGHT, 'jpeg');
    other = await picture(32, 32);
    // A red bar at the left.
    const bar = { create: { width: 24, height: HEIGHT, channels: 4 as const, background: RED } };
    markup = await png(canvas('#0000').composite([{ input: bar, left: 0, top: 0 }]));
  });
  afterAll(() => easel.close());
  beforeEach(() => {
    easel.emulator.reset();
  });

  const formOf = (files: readonly (readonly [string, Bytes])[]) => {
    const form = new FormData();
    form.append('prompt', 'make this bar green');
    files.forEach(([name, bytes]) => {
      form.append(name, new Blob([bytes]), 'file');
    });
    return form;
  };
  const parts = () => {
    const [request] = easel.emulator.requests;
    const { contents } = request?.body as { contents: [{ parts: SentPart[] }] };
    return contents[0].parts;
  };
  const bytesOf = (part: SentPart | undefined) =>
    Buffer.from(part?.inlineData?.data ?? '', 'base64');
  const pixelAt = async (bytes: Buffer | Uint8Array, left: number) => {
    const { data } = await sharp(bytes)
      .removeAlpha()
      .extract({ left, top: 8, width: 1, height: 1 })
      .raw()
      .toBuffer({ resolveWithObject: true });
    return [...data];
  };

  it.each<[string, () => Promise<Response>]>([
    [
      'a form',
      () =>
        easel.edit(
          formOf([
            ['image[]', photo],
            ['image[]', other],
            ['markup', markup],
          ]),
        ),
    ],
    [
      'JSON',
      () =>
        easel.edit({
          prompt: 'make this bar green',
          images: [{ image_url: dataUri(photo) }, { image_url: dataUri(other) }],
          markup: { image_url: dataUri(markup) },
        }),
    ],
    [
      'a generation',
      () =>
        easel.generate({
          prompt: 'make this bar green',
          image: [dataUri(photo), dataUri(other)],
          markup: dataUri(markup),
        }),
    ],
  ])('goes upstream clean and marked, and the prompt says which is which: %s', async (_n, make) => {
    const response = await make();
    expect(response.status).toBe(200);
    expect(response.headers.get('x-mapping-warning')).toBeNull();
    await response.arrayBuffer();
    const [prompt, clean, second, marked, ...rest] = parts();
    expect(rest).toEqual([]);
    expect(prompt?.text).toMatch(
      /^make this bar green\n\nImage 3 is image 1 once more, with marks/,
    );
    expect(bytesOf(clean).equals(photo)).toBe(true);
    expect(bytesOf(second).equals(other)).toBe(true);
    expect(marked?.inlineData?.mimeType).toBe('image/jpeg');
    const [red = 0, green = 255, blue = 255] = await pixelAt(bytesOf(marked), 8);
    expect([red > 240, green < 16, blue < 16]).toEqual([true, true, true]);
    const [before, after] = [await pixelAt(photo, 80), await pixelAt(bytesOf(marked), 80)];
    after.forEach((value, index) => {
      expect(Math.abs(value - (before[index] ?? 0))).toBeLessThan(24);
    });
    const line = easel.log.find(({ msg }) => msg.startsWith('POST /v1/images/'));
    expect(line?.['images']).toMatchObject({ inputs: 2, markup: true });
  });

  it('keeps a PNG as PNG, with its partial transparency', async () => {
    const half = await png(canvas({ ...RED, alpha: 0.5 }));
    const white = await png(canvas('#fff'));
    await (
      await easel.edit(
        formOf([
          ['image', white],
          ['markup', half],
        ]),
      )
    ).arrayBuffer();
    const marked = parts()[2];
    expect(marked?.inlineData?.mimeType).toBe('image/png');
    const [red = 0, green = 0] = await pixelAt(bytesOf(marked), 8);
    expect(red).toBe(255);
    expect(Math.abs(green - 127)).toBeLessThan(3);
  });

  it('gets a warning if it is transparent everywhere', async () => {
    const empty = await png(canvas('#0000'));
    const response = await easel.edit(
      formOf([
        ['image', photo],
        ['markup', empty],
      ]),
    );
    expect(response.headers.get('x-mapping-warning')).toBe(
      'the markup is transparent everywhere, so it points at nothing',
    );
  });

  it.each<[string, () => Promise<Bytes>, RegExp]>([
    ['no PNG', () => picture(WIDTH, HEIGHT, 'jpeg'), /it is not a PNG/],
    ['another size', () => png(canvas('#0000', 10, 10)), /its size is 10x10 and that of the first/],
    [
      'no alpha',
      () =>
        encoded(Buffer.alloc(WIDTH * HEIGHT * 3), { width: WIDTH, height: HEIGHT, channels: 3 }),
      /no transparent pixels/,
    ],
    ['no transparent pixel', () => png(canvas('#f00f')), /no transparent pixels/],
    ['half a file', async () => (await png(canvas('#0000'))).slice(0, 60), /cannot be read/],
  ])('is refused with %s', async (_name, make, message) => {
    const response = await easel.edit(
      formOf([
        ['image', photo],
        ['markup', await make()],
      ]),
    );
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as ErrorBody;
    expect(error).toMatchObject({ param: 'markup', code: 'invalid_value' });
    expect(error.message).toMatch(message);
    expect(easel.emulator.requests).toHaveLength(0);
  });

  it('is refused together with a mask', async () => {
    const mask = await png(canvas('#0000'));
    const form = formOf([
      ['image', photo],
      ['mask', mask],
      ['markup', markup],
    ]);
    const { error } = (await (await easel.edit(form)).json()) as ErrorBody;
    expect(error).toMatchObject({ param: 'markup', code: 'invalid_value' });
  });

  it('is refused as text in a form', async () => {
    const form = formOf([['image', photo]]);
    form.append('markup', 'data:image/png;base64,AAAA');
    const { error } = (await (await easel.edit(form)).json()) as ErrorBody;
    expect(error).toMatchObject({ param: 'markup', code: 'invalid_type' });
  });
});
