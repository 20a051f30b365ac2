import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { eventsOf } from '../event-stream';
import { dataUri, picture, type Bytes } from '../pictures';
import { startEasel, type ErrorBody, type ImagesBody, type RunningEasel } from '../running-easel';

interface SentBody {
  readonly contents: readonly {
    readonly parts: readonly {
      readonly text?: string;
      readonly inlineData?: { readonly mimeType: string; readonly data: string };
    }[];
  }[];
  readonly generationConfig: { readonly imageConfig?: { readonly aspectRatio?: string } };
}

const sha256 = (bytes: Buffer | Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Programs put images into generations, each in its own way; a text-only picture would be another one than was paid for. */
describe('images sent with a generation', () => {
  let easel: RunningEasel;
  let image: Bytes;
  let uri: string;

  beforeAll(async () => {
    easel = await startEasel();
    image = await picture(96, 64);
    uri = dataUri(image);
  });
  afterAll(() => easel.close());
  beforeEach(() => {
    easel.emulator.reset();
  });

  const sent = () => easel.emulator.requests.map(({ body }) => body as SentBody);
  const partsOf = (body: SentBody | undefined) => body?.contents[0]?.parts ?? [];
  const imagesOf = (body: SentBody | undefined) =>
    partsOf(body).flatMap(({ inlineData }) =>
      inlineData === undefined ? [] : [sha256(Buffer.from(inlineData.data, 'base64'))],
    );
  const ratioOf = (body: SentBody | undefined) => body?.generationConfig.imageConfig?.aspectRatio;
  const warningsOf = (response: Response) => response.headers.get('x-mapping-warning');

  it.each<[string, (uri: string) => object]>([
    ['image', (url) => ({ image: url })],
    ['a list of image', (url) => ({ image: [url] })],
    ['images', (url) => ({ images: [url] })],
    ['images in objects, as edits have them', (url) => ({ images: [{ image_url: url }] })],
    ['image_url', (url) => ({ image_url: url })],
    ['image_url in an object', (url) => ({ image_url: { url } })],
    ['image_urls', (url) => ({ image_urls: [url] })],
    [
      'input_references',
      (url) => ({ input_references: [{ type: 'image_url', image_url: { url } }] }),
    ],
    ['bare base64', (url) => ({ image: url.replace(/^.*,/, '') })],
  ])('go upstream byte for byte: %s', async (_name, fieldsOf) => {
    const response = await easel.generate({ prompt: 'at night', ...fieldsOf(uri) });
    expect(response.status).toBe(200);
    expect(((await response.json()) as ImagesBody).data).toHaveLength(1);
    expect(imagesOf(sent()[0])).toEqual([sha256(image)]);
    expect(partsOf(sent()[0])[0]?.text).toBe('at night');
    expect(warningsOf(response)).toBeNull();
  });

  it.each<[string | undefined, string | undefined]>([
    [undefined, undefined],
    ['auto', undefined],
    ['', '1:1'],
    ['16:9', '1:1'],
    ['1920x1080', '16:9'],
  ])('have the shape of size %j: %s', async (size, ratio) => {
    await easel.generate({ prompt: 'x', image: uri, ...(size === undefined ? {} : { size }) });
    expect(ratioOf(sent()[0])).toBe(ratio);
  });

  it('keep their number, their order, and n calls', async () => {
    const other = await picture(64, 96);
    const image_urls = [dataUri(other), uri];
    const response = await easel.generate({ prompt: 'x', image_urls, n: 2 });
    expect(((await response.json()) as ImagesBody).data).toHaveLength(2);
    expect(sent().map(imagesOf)).toEqual([
      [sha256(other), sha256(image)],
      [sha256(other), sha256(image)],
    ]);
  });

  it('have events that are named as the route is', async () => {
    const events = await eventsOf(
      await easel.generate({ prompt: 'x', image: uri, stream: true, partial_images: 1 }),
    );
    expect(events.map(({ name }) => name)).toEqual([
      'image_generation.partial_image',
      'image_generation.completed',
    ]);
  });

  it('are edited under a mask', async () => {
    const mask = await sharp({
      create: { width: 96, height: 64, channels: 4, background: '#0000' },
    })
      .composite([
        {
          input: { create: { width: 48, height: 64, channels: 4, background: '#000' } },
          left: 0,
          top: 0,
        },
      ])
      .png()
      .toBuffer();
    const fields = { prompt: 'x', image: uri, mask: dataUri(mask) };
    const body = (await (await easel.generate(fields)).json()) as ImagesBody;
    expect(body.size).toBe('96x64');
    expect(body.output_format).toBe('png');
    const left = (bytes: Buffer | Uint8Array) =>
      sharp(bytes)
        .removeAlpha()
        .extract({ left: 0, top: 0, width: 48, height: 64 })
        .raw()
        .toBuffer();
    const made = Buffer.from(body.data[0]?.b64_json ?? '', 'base64');
    expect(await left(made)).toEqual(await left(image));
  });

  it.each([
    [{ mask: 'x' }, 'mask is not supported here; no image came with the request'],
    [{ markup: 'x' }, 'markup is not supported here; no image came with the request'],
    [
      { negative_prompt: 'a cat' },
      'negative_prompt is not supported here; say in the prompt what not to draw',
    ],
    [
      { imageConfig: { imageSize: '4K' } },
      'imageConfig is not supported here; use aspect_ratio and image_size',
    ],
    [{ tools: [{ googleSearch: {} }] }, 'tools is not supported here; no tools are used'],
    [
      { web_search_options: { x: 1 } },
      'web_search_options is not supported here; no tools are used',
    ],
    [{ width: 8, height: 4 }, 'width and height are not supported here; use size, as WIDTHxHEIGHT'],
  ])('get a warning about ignored fields: %j', async (fields, warning) => {
    const response = await easel.generate({ prompt: 'x', ...fields });
    expect(response.status).toBe(200);
    expect(warningsOf(response)).toBe(warning);
    await response.arrayBuffer();
    const requestId = response.headers.get('x-request-id') ?? '';
    const line = easel.log.find((each) => each.requestId === requestId && 'status' in each);
    expect(line?.['images']).toMatchObject({ warnings: [warning] });
  });

  it('reads ratio and size in Gemini’s spelling', async () => {
    const response = await easel.generate({ prompt: 'x', aspectRatio: '21:9', imageSize: '2k' });
    expect(response.headers.get('x-image-aspect-ratio')).toBe('21:9');
    expect(response.headers.get('x-image-size')).toBe('2K');
    const both = await easel.generate({ prompt: 'x', aspectRatio: '21:9', aspect_ratio: '4:3' });
    expect(both.headers.get('x-image-aspect-ratio')).toBe('4:3');
    const auto = await easel.generate({ prompt: 'x', aspectRatio: 'auto', imageSize: '' });
    expect([auto.status, auto.headers.get('x-image-aspect-ratio')]).toEqual([200, '1:1']);
  });

  it.each<[object, string, string | null]>([
    [{ image: 5 }, 'invalid_type', 'image'],
    [{ images: [{ file_id: 'file-1' }] }, 'invalid_value', 'images[0].file_id'],
    [{ image: 'a picture' }, 'invalid_image_url', 'image'],
    [{ image_url: 'data:image/png;base64,AAAA' }, 'unsupported_file_mimetype', 'image_url'],
    [{ image: 'http://127.0.0.1:1/x.png' }, 'invalid_image_url', 'image'],
    [{ images: Array(15).fill('data:image/png;base64,AAAA') }, 'array_above_max_length', 'images'],
    [{ image: 'data:image/png;base64,AAAA', mask: 'x', markup: 'x' }, 'invalid_value', 'markup'],
  ])('are refused before anything is paid for: %j', async (fields, code, param) => {
    const response = await easel.generate({ prompt: 'x', ...fields });
    expect(response.status).toBe(400);
    expect(((await response.json()) as ErrorBody).error).toMatchObject({ code, param });
    expect(easel.emulator.requests).toHaveLength(0);
  });

  it('get an error with the right field if a form or an edit names them differently', async () => {
    const edit = await easel.edit({ prompt: 'x', images: [{ image_url: uri }], image_url: uri });
    expect(warningsOf(edit)).toBe('image_url is not supported here; use images');
    const form = new FormData();
    form.append('image', new Blob([image]), 'x.png');
    form.append('prompt', 'x');
    form.append('negative_prompt', 'a cat');
    form.append('tools', 'null');
    form.append('image_url', 'https://images.example/a.png');
    const inForm = await easel.edit(form);
    expect(warningsOf(inForm)).toBe(
      'negative_prompt is not supported here; say in the prompt what not to draw, ' +
        'image_url is not supported here; use image, with a file',
    );
    const variation = await easel.vary(form);
    expect(warningsOf(variation)).toContain('prompt is not supported here; call /v1/images/edits');
  });
});
