import type { DeveloperApiAccount } from '../../src/accounts/account';
import { dataUri, encoded, patterned, picture, type Bytes } from '../pictures';
import { startEasel, type ErrorBody, type RunningEasel } from '../running-easel';
import {
  respondWithError,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../scripted-upstream';

const KEY = 'sk-easel-the-proxys-own';
/** Looks like one of Google's keys, but is not one. */
const GOOGLE_KEY = 'AIzaSyA-nobodys-key-0123456789-abcdefgh';
const MEBIBYTE = 1024 * 1024;

/** What the error must say: its object, and the parts that its message must contain. */
interface Told {
  readonly status: number;
  readonly code?: string | null;
  readonly param?: string | null;
  readonly says: readonly (string | RegExp)[];
}

/** An upstream whose every response is one error of Google's. */
function failing(
  status: number,
  googleStatus: string,
  details: readonly object[],
): Promise<ScriptedUpstream> {
  return startScriptedUpstream((call) => {
    respondWithError(call, status, googleStatus, details);
  });
}

const errorInfo = (reason: string): object => ({
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason,
  domain: 'googleapis.com',
});
const dailyQuota = {
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaId: 'GenerateRequestsPerDayPerProject', quotaValue: '100' }],
};
const retryIn = (delay: string): object => ({
  '@type': 'type.googleapis.com/google.rpc.RetryInfo',
  retryDelay: delay,
});

/**
 * The mistakes that people make in their first hour, each made on the running program. What is held here is
 * the sentence: it has to say what to do, and nothing else tells them.
 */
describe('a newcomer’s mistake', () => {
  let easel: RunningEasel;
  let withKey: RunningEasel;
  let image: Bytes;
  let opaqueMask: Bytes;
  const others: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    easel = await startEasel();
    withKey = await startEasel({ env: { PROXY_API_KEY: KEY } });
    image = await picture(64, 64);
    opaqueMask = await encoded(patterned(64, 64), { width: 64, height: 64, channels: 3 });
  });
  afterAll(async () => {
    await Promise.all([easel, withKey, ...others].map((each) => each.close()));
  });

  const post = (path: string, body: unknown = { prompt: 'x' }) =>
    fetch(`${easel.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const generate = (fields: object) => easel.generate({ prompt: 'x', ...fields });
  const editOf = (...files: readonly (readonly [field: string, bytes: Bytes])[]) => {
    const form = new FormData();
    form.append('prompt', 'x');
    for (const [field, bytes] of files) {
      form.append(field, new Blob([bytes]), 'file');
    }
    return easel.edit(form);
  };
  const editUrl = (url: string) => easel.edit({ prompt: 'x', images: [{ image_url: url }] });

  /** One account, on an upstream that fails in one way only. */
  async function generateOn(
    upstream: ScriptedUpstream,
    account: Partial<DeveloperApiAccount> = {},
    env: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const broken = await startEasel({
      accounts: [{ email: 'studio@example.com', ...account, baseUrl: upstream.url }],
      env,
    });
    others.push(upstream, broken);
    return broken.generate({ prompt: 'x' }, headers);
  }

  async function expectTold(response: Response, told: Told): Promise<void> {
    const { error } = (await response.json()) as ErrorBody;
    expect({ status: response.status, code: error.code, param: error.param }).toEqual({
      status: told.status,
      code: told.code ?? null,
      param: told.param ?? null,
    });
    for (const sentence of told.says) {
      expect(error.message).toEqual(
        sentence instanceof RegExp
          ? expect.stringMatching(sentence)
          : expect.stringContaining(sentence),
      );
    }
    // A sentence of ours, whole, and with nothing of the request's that is secret in it.
    expect(error.message).not.toContain(GOOGLE_KEY);
  }

  const says = (code: string | null, param: string | null, ...sentences: (string | RegExp)[]) => ({
    status: 400,
    code,
    param,
    says: sentences,
  });

  it.each<[string, () => Promise<Response>, Told]>([
    [
      'no key',
      () => withKey.generate({ prompt: 'x' }),
      {
        status: 401,
        says: ["You didn't provide an API key.", 'Authorization: Bearer YOUR_KEY'],
      },
    ],
    [
      'a key of Google’s',
      () => withKey.generate({ prompt: 'x' }, { authorization: `Bearer ${GOOGLE_KEY}` }),
      {
        status: 401,
        code: 'invalid_api_key',
        says: [
          'Incorrect API key provided: AIz***fgh.',
          'This gateway has keys of its own: send one of those, not a key of OpenAI or Google.',
        ],
      },
    ],
    [
      'a path with a slip in it',
      () => post('/v1/images/generation'),
      { status: 404, says: ['Did you mean /v1/images/generations?'] },
    ],
    [
      'a base URL that ends in /v1 twice',
      () => post('/v1/v1/images/generations'),
      { status: 404, says: ['has one /v1 too many: call /v1/images/generations.'] },
    ],
    [
      'a model that Google has shut down',
      () => generate({ model: 'imagegeneration@006' }),
      {
        status: 404,
        code: 'model_not_found',
        param: 'model',
        says: [
          "The model 'imagegeneration@006' does not exist",
          "Did you mean 'gemini-3-pro-image'",
          'GET /v1/models lists',
        ],
      },
    ],
    [
      'a model for text',
      () => generate({ model: 'gpt-4o' }),
      {
        status: 404,
        code: 'model_not_found',
        param: 'model',
        says: ['GET /v1/models lists those that can.', 'Leave model out for the default one.'],
      },
    ],
    [
      'a model with a typo',
      () => generate({ model: 'gemini-3-pro-imgae' }),
      {
        status: 404,
        code: 'model_not_found',
        param: 'model',
        says: ["Did you mean 'gemini-3-pro-image'", 'GET /v1/models lists'],
      },
    ],
    [
      'n: 20',
      () => generate({ n: 20 }),
      says('integer_above_max_value', 'n', 'Expected a value <= 10, but got 20 instead.'),
    ],
    [
      'n: "2"',
      () => generate({ n: '2' }),
      says('invalid_type', 'n', "Invalid type for 'n': expected an integer, but got a string"),
    ],
    [
      'a transparent background',
      () => generate({ background: 'transparent' }),
      says(
        'invalid_value',
        'background',
        /^Transparent background is not supported for this model\.$/,
      ),
    ],
    [
      'aspect_ratio: "17:9"',
      () => generate({ aspect_ratio: '17:9' }),
      says('invalid_value', 'aspect_ratio', "'17:9'", "'16:9'"),
    ],
    [
      'image_size: "8K"',
      () => generate({ image_size: '8K' }),
      says('invalid_value', 'image_size', "'8K'", "'1K', '2K', and '4K'"),
    ],
    [
      'JSON with a comma too many',
      () => post('/v1/images/generations', '{\n  "prompt": "a secret fox",\n}'),
      says(null, null, 'not valid JSON', 'at line 3, column 1', 'Easel expects a JSON object'),
    ],
    [
      'JSON with quotes that a word processor has made',
      () => post('/v1/images/generations', '{"prompt": “a secret fox”}'),
      says(null, null, 'at line 1, column 12'),
    ],
    [
      'JSON that a shell has taken the quotes of',
      () => post('/v1/images/generations', '{prompt: a secret fox}'),
      says(null, null, 'at line 1, column 2'),
    ],
    [
      'JSON with a line break inside a long string',
      () => post('/v1/images/generations', `{"n": 1,\n "prompt": "${'fox '.repeat(400)}\n"}`),
      says(null, null, 'the string that begins at line 2, column 12'),
    ],
    [
      'JSON that was cut off',
      () => post('/v1/images/generations', '{"prompt": "a secret fox"'),
      says(null, null, 'ends too early', 'line 1, column 26'),
    ],
    [
      'curl without a Content-Type',
      () =>
        fetch(`${easel.url}/v1/images/generations`, {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: '{"prompt":"x"}',
        }),
      { status: 415, says: ['Invalid Content-Type header, expected application/json.'] },
    ],
    [
      'GET on generations',
      () => fetch(`${easel.url}/v1/images/generations`),
      {
        status: 405,
        says: ['Not allowed to GET on /v1/images/generations.', 'Perhaps you meant to use POST?'],
      },
    ],
    [
      'a chat at a misspelt path',
      () => post('/v1/chat/completion', { messages: [] }),
      { status: 404, says: ['Did you mean /v1/chat/completions?'] },
    ],
    [
      'OpenAI’s responses',
      () => post('/v1/responses', { input: 'x' }),
      { status: 404, says: ['This gateway makes images: call POST /v1/images/generations or'] },
    ],
    [
      'an image of 60 MB',
      () => editOf(['image', new Uint8Array(60 * MEBIBYTE)]),
      says('image_file_too_large', 'image', 'The maximum size of an image is 50 MiB.'),
    ],
    [
      'a body of 120 MB',
      () => post('/v1/images/generations', 'x'.repeat(120 * MEBIBYTE)),
      { status: 413, says: ['Maximum content size limit (100 MiB) exceeded.'] },
    ],
    [
      'a mask of another size',
      async () => editOf(['image', image], ['mask', await picture(32, 32)]),
      says(
        'invalid_mask_image_format',
        'mask',
        'mask size does not match image size (the mask is 32x32, the image 64x64)',
      ),
    ],
    [
      'a mask without alpha',
      () => editOf(['image', image], ['mask', opaqueMask]),
      says(
        'invalid_mask_image_format',
        'mask',
        'mask image missing alpha channel',
        'Opaque parts of the mask keep the image, transparent parts are repainted',
        'export the mask as a PNG with transparency',
      ),
    ],
    [
      'a JPEG as a mask',
      async () => editOf(['image', image], ['mask', await picture(64, 64, 'jpeg')]),
      says(
        'unsupported_file_mimetype',
        'mask',
        "unsupported mimetype ('image/jpeg')",
        'Opaque parts of the mask keep the image, transparent parts are repainted',
        'export the mask as a PNG with transparency',
      ),
    ],
    [
      'a HEIC',
      () => editOf(['image', new Uint8Array(Buffer.from('\0\0\0\x18ftypheic\0\0\0\0', 'latin1'))]),
      says('unsupported_file_mimetype', 'image', "('image/heic')", "'image/png', and 'image/webp'"),
    ],
    [
      'a GIF',
      () => editOf(['image', new Uint8Array(Buffer.from('GIF89a\x01\0\x01\0', 'latin1'))]),
      says('unsupported_file_mimetype', 'image', "('image/gif')", "'image/png', and 'image/webp'"),
    ],
    [
      'a truncated PNG',
      () => editOf(['image[]', image], ['image[]', image.slice(0, image.length / 2)]),
      says('invalid_image_file', null, 'Invalid image file or mode for image[1],'),
    ],
    [
      'a truncated PNG in JSON',
      () => editUrl(dataUri(image.slice(0, image.length / 2))),
      says('invalid_image_file', null, 'Invalid image file or mode for images[0].image_url,'),
    ],
    ...['http://10.0.0.1/a.png', 'http://localhost:9000/a.png', 'http://media.localhost/a.png'].map(
      (url): [string, () => Promise<Response>, Told] => [
        url,
        () => editUrl(url),
        says(
          'invalid_image_url',
          'images[0].image_url',
          "Invalid 'images[0].image_url': the image URL leads to an address that is not public. " +
            "Send the image as a data URL (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU=').",
        ),
      ],
    ),
    [
      'a file_id',
      () => easel.edit({ prompt: 'x', images: [{ file_id: 'file-1' }] }),
      says(
        'invalid_value',
        'images[0].file_id',
        "this server does not store files. Send the image as 'image_url', which may be a data URL",
      ),
    ],
    [
      'a prompt that is refused',
      () => generate({ prompt: 'a fox [refuse]' }),
      says(
        'moderation_blocked',
        null,
        'Your request was rejected by the safety system',
        'Google',
        /\(IMAGE_SAFETY: .+\)/,
        'Rephrase the prompt',
        /report the request ID req_/,
      ),
    ],
    [
      'a prompt that is refused, for dall-e-3',
      () => generate({ prompt: 'a fox [refuse]', model: 'dall-e-3' }),
      says(
        'content_policy_violation',
        null,
        'Your request was rejected as a result of our safety system.',
        /\(IMAGE_SAFETY: .+\)/,
        'Rephrase the prompt',
      ),
    ],
    [
      'a wrong Google key on the only account',
      async () =>
        generateOn(await failing(400, 'INVALID_ARGUMENT', [errorInfo('API_KEY_INVALID')])),
      {
        status: 503,
        code: 'no_account_available',
        says: [
          'No account is usable',
          'studio@example.com is disabled (400 INVALID_ARGUMENT API_KEY_INVALID): API key rejected, fix the key.',
          'GET /v1/accounts',
        ],
      },
    ],
    [
      'the same, on the account that the request names',
      async () =>
        generateOn(
          await failing(400, 'INVALID_ARGUMENT', [errorInfo('API_KEY_INVALID')]),
          {},
          {},
          { 'x-account-email': 'studio@example.com' },
        ),
      {
        status: 503,
        code: 'no_account_available',
        says: [
          /^The account named in X-Account-Email cannot be used\. studio@example\.com is disabled/,
          'API key rejected, fix the key.',
        ],
      },
    ],
    [
      'the same, of which nobody is to know the address',
      async () =>
        generateOn(
          await failing(400, 'INVALID_ARGUMENT', [errorInfo('API_KEY_INVALID')]),
          {},
          { ACCOUNT_HEADER: 'masked' },
        ),
      { status: 503, code: 'no_account_available', says: ['s…o@example.com is disabled'] },
    ],
    [
      'a rate limit on every account',
      async () => generateOn(await failing(429, 'RESOURCE_EXHAUSTED', [retryIn('33s')])),
      {
        status: 429,
        code: 'rate_limit_exceeded',
        says: [/Rate limit reached on every account .* Please try again in 3[0-3]s\./],
      },
    ],
    [
      'no quota left on any account',
      async () => generateOn(await failing(429, 'RESOURCE_EXHAUSTED', [dailyQuota])),
      {
        status: 429,
        code: 'insufficient_quota',
        says: [/out of quota until 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ/],
      },
    ],
    [
      'an account that nobody has heard of',
      () => easel.generate({ prompt: 'x' }, { 'x-account-email': 'nobody@example.com' }),
      says(
        'invalid_value',
        'X-Account-Email',
        "The account 'nobody@example.com' named in X-Account-Email does not exist.",
      ),
    ],
  ])('%s', async (_mistake, make, told) => {
    await expectTold(await make(), told);
  });

  it.each<[string, object, string, string]>([
    ['size: "16:9"', { size: '16:9' }, 'size "16:9" is not WIDTHxHEIGHT; used 1:1', 'default'],
    [
      'quality: "high"',
      { quality: 'high' },
      'quality "high" does not set the image size, none was sent; "hd" is 4K, "medium" is 2K (QUALITY_ALIASES can map more)',
      'default',
    ],
    [
      'model: "imagen-3"',
      { model: 'imagen-3' },
      'model "imagen-3" was shut down by Google; used gemini-3-pro-image',
      'default',
    ],
    [
      'complexity of a model without levels',
      { complexity: 'high' },
      'complexity "high" was not sent; gemini-3-pro-image has no selectable thinking levels',
      'default',
    ],
  ])('%s makes an image and says what became of it', async (_mistake, fields, warning, size) => {
    const response = await generate(fields);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-mapping-warning')).toBe(warning);
    expect(response.headers.get('x-image-size')).toBe(size);
    await response.arrayBuffer();
    const requestId = response.headers.get('x-request-id') ?? '';
    const line = easel.log.find((each) => each.requestId === requestId && 'status' in each);
    expect(line?.['images']).toMatchObject({ warnings: [warning] });
    expect(JSON.stringify(line)).not.toContain('prompt');
  });

  it('never has a body quoted back, in the response or in the log', () => {
    expect(easel.rawLog()).not.toContain('secret fox');
  });
});
