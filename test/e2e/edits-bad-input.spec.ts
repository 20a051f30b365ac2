import { dataUri, form, mask, picture, type Bytes, type FormPart } from '../pictures';
import { startEasel, type ErrorBody, type RunningEasel } from '../running-easel';

type Fault = readonly [param: string | null, code: string | null, message: string];
type Parts = readonly FormPart[];

const MAX_INPUTS = 14;

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

describe('bad input to the routes with input images', () => {
  let easel: RunningEasel;
  let image: Bytes;
  let hole: Bytes;

  beforeAll(async () => {
    image = await picture(32, 32);
    hole = await mask(32, 32, () => 0);
    easel = await startEasel({
      env: { MAX_BODY_MB: '2', MAX_IMAGES_PER_REQUEST: '4', IMAGE_URL_FETCH: 'off' },
    });
  });
  afterAll(() => easel.close());
  afterEach(() => {
    // Whatever is refused here is refused before it costs anything.
    expect(easel.emulator.requests).toHaveLength(0);
  });

  async function expectFault(response: Response, fault: Fault, status = 400) {
    const { error } = (await response.json()) as ErrorBody;
    const [param, code, message] = fault;
    expect({ status: response.status, param: error.param, code: error.code }).toEqual({
      status,
      param,
      code,
    });
    expect(error.message).toContain(message);
    expect(Object.keys(error).sort()).toEqual(['code', 'message', 'param', 'type']);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    expect(JSON.stringify(error)).not.toMatch(/stack|node_modules|sharp|vips/i);
  }

  const INTEGER = 'expected an integer, but got a string value that could not be converted';

  /** Faults of text fields, which edits and variations have in common. */
  const TEXTS: readonly (readonly [string, Parts, Fault])[] = [
    ['n abc', [['n', 'abc']], ['n', 'invalid_type', `${INTEGER} into an integer.`]],
    ['n 1.5', [['n', '1.5']], ['n', 'invalid_type', INTEGER]],
    ['n 1e1', [['n', '1e1']], ['n', 'invalid_type', INTEGER]],
    ['n 0x2', [['n', '0x2']], ['n', 'invalid_type', INTEGER]],
    ['n 0', [['n', '0']], ['n', 'integer_below_min_value', '>= 1, but got 0']],
    ['n -1', [['n', '-1']], ['n', 'integer_below_min_value', 'but got -1']],
    ['n 5', [['n', '5']], ['n', 'integer_above_max_value', '<= 4, but got 5']],
    ['n huge', [['n', '9'.repeat(400)]], ['n', 'invalid_type', 'could not be converted']],
    [
      'n twice',
      [
        ['n', '1'],
        ['n', '2'],
      ],
      ['n', 'duplicate_parameter', "Duplicate parameter: 'n'."],
    ],
    [
      'output_compression 101',
      [['output_compression', '101']],
      ['output_compression', 'integer_above_max_value', '<= 100'],
    ],
    [
      'output_format gif',
      [['output_format', 'gif']],
      ['output_format', 'invalid_value', "'png', 'webp', and 'jpeg'"],
    ],
    [
      'response_format x',
      [['response_format', 'x']],
      ['response_format', 'invalid_value', "'url' and 'b64_json'"],
    ],
    ['seed x', [['seed', 'x']], ['seed', 'invalid_type', INTEGER]],
    ['batch_size 9', [['batch_size', '9']], ['batch_size', 'integer_above_max_value', '<= 4']],
    ['aspect_ratio 7:3', [['aspect_ratio', '7:3']], ['aspect_ratio', 'invalid_value', "'1:1'"]],
    ['image_size 8K', [['image_size', '8K']], ['image_size', 'invalid_value', "'1K'"]],
  ];

  const EDIT_TEXTS: readonly (readonly [string, Parts, Fault])[] = [
    [
      'partial_images 4',
      [['partial_images', '4']],
      ['partial_images', 'integer_above_max_value', '<= 3'],
    ],
    [
      'stream yes',
      [['stream', 'yes']],
      ['stream', 'invalid_type', 'expected a boolean, but got a string value'],
    ],
    [
      'background transparent',
      [['background', 'transparent']],
      ['background', 'invalid_value', 'not supported for this model'],
    ],
    ['moderation x', [['moderation', 'x']], ['moderation', 'invalid_value', "'auto' and 'low'"]],
    [
      'input_fidelity x',
      [['input_fidelity', 'x']],
      ['input_fidelity', 'invalid_value', "'high' and 'low'"],
    ],
    ['style x', [['style', 'x']], ['style', 'invalid_value', "'vivid' and 'natural'"]],
  ];

  it.each(TEXTS)('a variation with %s', async (_name, parts, fault) => {
    await expectFault(await easel.vary(form(['image', image], ...parts)), fault);
  });

  it.each([...TEXTS, ...EDIT_TEXTS])('an edit with %s', async (_name, parts, fault) => {
    const data = form(['image', image], ['prompt', 'x'], ...parts);
    await expectFault(await easel.edit(data), fault);
  });

  it.each<[string, Parts, Fault]>([
    ['none', [], ['prompt', 'missing_required_parameter', "Missing required parameter: 'prompt'."]],
    ['an empty one', [['prompt', '']], ['prompt', 'empty_string', 'minimum length 1']],
    [
      'one too long',
      [['prompt', '🚀'.repeat(32_001)]],
      ['prompt', 'string_above_max_length', 'length 32001'],
    ],
    [
      'one far too long',
      [['prompt', 'x'.repeat(400_000)]],
      ['prompt', 'string_above_max_length', 'string too long'],
    ],
    [
      'two',
      [
        ['prompt', 'x'],
        ['prompt', 'y'],
      ],
      ['prompt', 'duplicate_parameter', "Duplicate parameter: 'prompt'."],
    ],
  ])('an edit whose prompt is %s', async (_name, parts, fault) => {
    await expectFault(await easel.edit(form(['image', image], ...parts)), fault);
  });

  const FILE_FAULTS: readonly (readonly [string, Bytes, Fault])[] = [
    [
      'a GIF',
      bytes('GIF89a\x01\x00\x01\x00'),
      [
        'image',
        'unsupported_file_mimetype',
        "Invalid file 'image': unsupported mimetype ('image/gif')",
      ],
    ],
    ['a PDF', bytes('%PDF-1.7\n\x00'), ['image', 'unsupported_file_mimetype', 'application/pdf']],
    [
      'a HEIC',
      bytes('\0\0\0\x18ftypheic\0\0\0\0'),
      ['image', 'unsupported_file_mimetype', 'image/heic'],
    ],
    [
      'an empty file',
      new Uint8Array(),
      ['image', 'unsupported_file_mimetype', "Supported file formats are 'image/jpeg'"],
    ],
    [
      'noise',
      bytes('\x00\x01\x02\x03'.repeat(50)),
      ['image', 'unsupported_file_mimetype', 'application/octet-stream'],
    ],
    [
      'the head of a PNG',
      bytes('\x89PNG\r\n\x1a\n\0\0\0\rIHDR'),
      [null, 'invalid_image_file', 'Invalid image file or mode for image,'],
    ],
  ];

  it.each(FILE_FAULTS)('%s on both routes', async (_name, file, fault) => {
    await expectFault(await easel.edit(form(['image', file, 'x.png'], ['prompt', 'x'])), fault);
    await expectFault(await easel.vary(form(['image', file, 'x.png'])), fault);
  });

  it('an image that was cut off', async () => {
    const cut = image.slice(0, image.length / 2);
    const fault = [null, 'invalid_image_file', 'mode for image, please check'] as const;
    await expectFault(await easel.edit(form(['image', cut], ['prompt', 'x'])), fault);
    await expectFault(await easel.vary(form(['image', cut])), fault);
    const second = [null, 'invalid_image_file', 'for image[1],'] as const;
    const data = form(['image[]', image], ['image[]', cut], ['prompt', 'x']);
    await expectFault(await easel.edit(data), second);
    const url = {
      prompt: 'x',
      images: [{ image_url: dataUri(image) }, { image_url: dataUri(cut) }],
    };
    const secondUrl = [null, 'invalid_image_file', 'for images[1].image_url,'] as const;
    await expectFault(await easel.edit(url), secondUrl);
  });

  it('an image of too many pixels', async () => {
    const { default: sharp } = await import('sharp');
    const create = { width: 20_000, height: 4000, channels: 3, background: '#000' } as const;
    const large = new Uint8Array(await sharp({ create }).png({ palette: true }).toBuffer());
    const fault = ['image', 'image_file_too_large', '20000x4000'] as const;
    await expectFault(await easel.edit(form(['image', large], ['prompt', 'x'])), fault);
  });

  const A_FILE = 'expected one of an array of files or file, but got a string instead.';

  it.each<[string, (image: Bytes) => Parts, Fault]>([
    ['nothing', () => [], ['image', 'missing_required_parameter', "parameter: 'image'."]],
    [
      'images instead of image',
      (file) => [['images', file]],
      ['images', 'invalid_value', "For multipart/form-data use 'image' or 'image[]'."],
    ],
    [
      'images[]',
      (file) => [['images[]', file]],
      ['images', 'invalid_value', "parameter: 'images'"],
    ],
    ['a data URI', (file) => [['image', dataUri(file)]], ['image', 'invalid_type', A_FILE]],
    ['a text', () => [['image[]', 'x']], ['image[0]', 'invalid_type', A_FILE]],
    ['the text null', () => [['image', 'null']], ['image', 'invalid_type', A_FILE]],
    [
      'fifteen',
      (file) => Array.from({ length: MAX_INPUTS + 1 }, () => ['image[]', file] as const),
      ['image', 'array_above_max_length', 'maximum length 14, but got an array with length 15'],
    ],
    [
      'a bad one among good ones',
      (file) => [
        ['image[]', file],
        ['image[]', bytes('GIF89a\x01\x00')],
      ],
      ['image[1]', 'unsupported_file_mimetype', "Invalid file 'image[1]'"],
    ],
  ])('a form with %s', async (_name, parts, fault) => {
    await expectFault(await easel.edit(form(['prompt', 'x'], ...parts(image))), fault);
  });

  it.each<[string, (image: Bytes, hole: Bytes) => Promise<Parts> | Parts, Fault]>([
    [
      'two masks',
      (_image, hole) => [
        ['mask', hole],
        ['mask', hole],
      ],
      ['mask', 'duplicate_parameter', "Duplicate parameter: 'mask'."],
    ],
    ['a text', () => [['mask', 'x']], ['mask', 'invalid_type', 'expected a file']],
    [
      'one of another size',
      async () => [['mask', await mask(16, 32, () => 0)]],
      ['mask', 'invalid_mask_image_format', 'the mask is 16x32, the image 32x32'],
    ],
    [
      'one without alpha',
      (file) => [['mask', file]],
      ['mask', 'invalid_mask_image_format', 'missing alpha channel'],
    ],
    [
      'a JPEG',
      async () => [['mask', await picture(32, 32, 'jpeg')]],
      ['mask', 'unsupported_file_mimetype', "Supported file formats are 'image/png'."],
    ],
    [
      'noise',
      () => [['mask', bytes('\x00\x01')]],
      ['mask', 'unsupported_file_mimetype', "Invalid file 'mask'"],
    ],
    [
      'one cut off',
      (_image, hole) => [['mask', hole.slice(0, -20)]],
      ['mask', 'invalid_mask_image_format', 'cannot be read'],
    ],
    [
      'thirteen more images',
      (file, hole) => [
        ['mask', hole],
        ...Array.from({ length: MAX_INPUTS - 1 }, () => ['image[]', file] as const),
      ],
      ['image', 'array_above_max_length', 'maximum length 13 beside a mask'],
    ],
  ])('a mask: %s', async (_name, parts, fault) => {
    const more = await parts(image, hole);
    await expectFault(await easel.edit(form(['prompt', 'x'], ['image[]', image], ...more)), fault);
  });

  it('a masked edit that the format cannot hold', async () => {
    const [wide, all] = await Promise.all([picture(16_400, 4), mask(16_400, 4, () => 0)]);
    const data = form(['image', wide], ['mask', all], ['prompt', 'x'], ['output_format', 'webp']);
    const fault = ['output_format', 'invalid_value', '16400x4 is more than webp can hold'] as const;
    await expectFault(await easel.edit(data), fault);
  });

  it.each<[string, unknown, Fault]>([
    ['absent', undefined, ['images', 'missing_required_parameter', "parameter: 'images'."]],
    ['null', null, ['images', 'invalid_type', 'expected an array of objects, but got null']],
    ['[]', [], ['images', 'empty_array', "Invalid 'images': empty array."]],
    ['a string', 'x', ['images', 'invalid_type', 'but got a string']],
    ['a long string', 'x'.repeat(500_000), ['images', 'invalid_type', 'but got a string']],
    ['an object', {}, ['images', 'invalid_type', 'but got an object']],
    ['[null]', [null], ['images[0]', 'invalid_type', 'expected an object, but got null']],
    ['["x"]', ['x'], ['images[0]', 'invalid_type', 'expected an object, but got a string']],
    ['[long]', ['x'.repeat(500_000)], ['images[0]', 'invalid_type', 'but got a string']],
    ['[[]]', [[]], ['images[0]', 'invalid_type', 'expected an object, but got an array']],
    ['[{}]', [{}], ['images[0].image_url', 'missing_required_parameter', "'images[0].image_url'"]],
    [
      'a null URL',
      [{ image_url: null }],
      ['images[0].image_url', 'missing_required_parameter', "'images[0].image_url'"],
    ],
    [
      'a URL in an object, as chats have it',
      [{ image_url: { url: 'x' } }],
      ['images[0].image_url', 'invalid_type', 'expected a string, but got an object'],
    ],
    ['a number', [{ image_url: 1 }], ['images[0].image_url', 'invalid_type', 'an integer']],
    [
      'a file id',
      [{ file_id: 'file-1' }],
      ['images[0].file_id', 'invalid_value', "'images[0].file_id'"],
    ],
    [
      'a file id beside a URL',
      [{ image_url: 'data:,', file_id: 'file-1' }],
      ['images[0].file_id', 'invalid_value', "'images[0].file_id'"],
    ],
    [
      'an unknown member',
      [{ image_url: 'data:,', detail: 'high' }],
      ['images[0].detail', 'unknown_parameter', "Unknown parameter: 'images[0].detail'."],
    ],
    [
      'a data URI that is none',
      [{ image_url: 'data:image/png,x' }],
      ['images[0].image_url', 'invalid_value', 'Expected a base64-encoded data URL'],
    ],
    [
      'no base64',
      [{ image_url: 'data:image/png;base64,!!!!' }],
      ['images[0].image_url', 'invalid_value', 'an invalid base64-encoded value'],
    ],
    [
      'a GIF as a data URI',
      [{ image_url: 'data:image/png;base64,R0lGODlhAQABAAAAACw=' }],
      ['images[0].image_url', 'unsupported_file_mimetype', "('image/gif')"],
    ],
    ['an empty URL', [{ image_url: '' }], ['images[0].image_url', 'invalid_image_url', 'Invalid']],
    [
      'bare base64',
      [{ image_url: 'iVBORw0KGgo' }],
      ['images[0].image_url', 'invalid_image_url', ''],
    ],
    [
      'a file',
      [{ image_url: 'file:///etc/passwd' }],
      ['images[0].image_url', 'invalid_image_url', ''],
    ],
    [
      'a URL where none are fetched',
      [{ image_url: 'https://images.example/a.png' }],
      ['images[0].image_url', 'invalid_image_url', 'turned off'],
    ],
    [
      'fifteen',
      Array.from({ length: MAX_INPUTS + 1 }, () => ({ image_url: 'data:,' })),
      ['images', 'array_above_max_length', 'maximum length 14'],
    ],
  ])('JSON whose images are %s', async (_name, images, fault) => {
    await expectFault(await easel.edit({ prompt: 'x', images }), fault);
  });

  it.each<[string, object, Fault]>([
    [
      'image instead of images',
      { image: 'x' },
      ['image', 'invalid_value', "For application/json on /v1/images/edits, use 'images' (array)."],
    ],
    ['a mask that is a text', { mask: 'x' }, ['mask', 'invalid_type', 'expected an object']],
    [
      'a mask by its file id',
      { mask: { file_id: 'x' } },
      ['mask.file_id', 'invalid_value', "'mask.file_id'"],
    ],
    ['an empty mask', { mask: {} }, ['mask.image_url', 'missing_required_parameter', '']],
    ['no prompt', { prompt: undefined }, ['prompt', 'missing_required_parameter', "'prompt'"]],
    ['a null prompt', { prompt: null }, ['prompt', 'invalid_type', 'but got null']],
    ['n as a text', { n: '2' }, ['n', 'invalid_type', 'expected an integer, but got a string']],
    ['stream as a text', { stream: 'true' }, ['stream', 'invalid_type', 'expected a boolean']],
    ['a size that is a number', { size: 1 }, ['size', 'invalid_type', 'expected a string']],
    ['an unknown model', { model: 'gpt-4o' }, ['model', 'model_not_found', "'gpt-4o'"]],
  ])('JSON with %s', async (_name, fields, fault) => {
    const body = { prompt: 'x', images: [{ image_url: dataUri(image) }], ...fields };
    await expectFault(await easel.edit(body), fault, fault[1] === 'model_not_found' ? 404 : 400);
  });

  it.each<[string, (image: Bytes) => Parts, Fault]>([
    ['no image', () => [], ['image', 'missing_required_parameter', "'image'"]],
    [
      'two images',
      (file) => [
        ['image', file],
        ['image', file],
      ],
      ['image', 'duplicate_parameter', "Duplicate parameter: 'image'."],
    ],
    ['a text', (file) => [['image', dataUri(file)]], ['image', 'invalid_type', 'expected a file']],
  ])('a variation with %s', async (_name, parts, fault) => {
    await expectFault(await easel.vary(form(...parts(image))), fault);
  });

  it.each([
    ['edits', 'text/plain', 'x', 415],
    ['edits', 'application/x-www-form-urlencoded', 'prompt=x', 415],
    ['edits', 'application/json', '{"prompt":', 400],
    ['edits', 'application/json', '[]', 400],
    ['edits', 'multipart/form-data', 'x', 400],
    ['edits', 'multipart/form-data; boundary=b', '--b\r\nhalf', 400],
    ['edits', 'multipart/form-data; boundary=b', 'x'.repeat(3_000_000), 413],
    ['edits', 'application/json', 'x'.repeat(3_000_000), 413],
    ['variations', 'application/json', '{}', 415],
    ['variations', 'multipart/form-data; boundary=b', '', 400],
    ['variations', 'multipart/form-data; boundary=b', 'x'.repeat(3_000_000), 413],
  ])('%s given %s', async (route, type, body, status) => {
    const response = await fetch(`${easel.url}/v1/images/${route}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });
    await expectFault(response, [null, null, ''], status);
  });

  it.each(['edits', 'variations'])('%s accepts only POST', async (route) => {
    for (const path of [`/v1/images/${route}`, `/v1/images/${route}/`]) {
      const response = await fetch(`${easel.url}${path}`);
      expect(response.headers.get('allow')).toBe('POST, OPTIONS');
      await expectFault(response, [null, null, 'Not allowed to GET'], 405);
    }
  });
});
