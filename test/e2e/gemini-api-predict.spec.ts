import { startEasel, type RunningEasel } from '../running-easel';

describe('the other routes of Gemini’s own API', () => {
  let easel: RunningEasel;
  beforeEach(async () => {
    easel = await startEasel();
  });
  afterEach(() => easel.close());

  const predict = (body: object, model = 'imagen-3.0-generate-002') =>
    fetch(`${easel.url}/v1beta/models/${model}:predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('carries out Imagen’s call as Open WebUI sends it', async () => {
    easel.emulator.injectFault({ kind: 'refusal', count: 1 });
    const response = await predict({
      instances: { prompt: 'a cat' },
      parameters: {
        sampleCount: 3,
        aspectRatio: '16:9',
        sampleImageSize: '2K',
        negativePrompt: 'dogs',
        outputOptions: { mimeType: 'image/png' },
      },
    });
    const { predictions } = (await response.json()) as {
      predictions: { mimeType: string; bytesBase64Encoded: string }[];
    };
    expect(predictions.map(({ mimeType }) => mimeType)).toEqual(['image/png', 'image/png']);
    for (const { bytesBase64Encoded } of predictions) {
      expect(Buffer.from(bytesBase64Encoded, 'base64').subarray(1, 4).toString()).toBe('PNG');
    }
    expect(easel.emulator.requests).toHaveLength(3);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-images-requested': '3',
      'x-images-returned': '2',
      'x-image-model': 'gemini-3-pro-image',
      'x-image-aspect-ratio': '16:9',
      'x-image-size': '2K',
      'x-mapping-warning': expect.stringContaining('negativePrompt') as string,
    });
  });

  it.each<[string, object, string, number, string]>([
    ['no prompt', { instances: [{}] }, 'imagen-3.0-generate-002', 400, 'INVALID_ARGUMENT'],
    [
      'too many',
      { instances: [{ prompt: 'x' }], parameters: { sampleCount: 11 } },
      'imagen-3.0-generate-002',
      400,
      'INVALID_ARGUMENT',
    ],
    ['an unknown model', { instances: [{ prompt: 'x' }] }, 'veo-3', 404, 'NOT_FOUND'],
    [
      'a refusal',
      { instances: [{ prompt: '[refuse]' }] },
      'imagen-3.0-generate-002',
      400,
      'INVALID_ARGUMENT',
    ],
  ])('answers %s in Google’s words', async (_name, body, model, code, status) => {
    const response = await predict(body, model);
    expect(response.status).toBe(code);
    expect(await response.json()).toMatchObject({ error: { code, status } });
  });

  it.each([
    ['sampleCount', 11, '<= 10'],
    ['aspectRatio', '17:9', "'1:1'"],
    ['sampleImageSize', '8K', "'1K', '2K', and '4K'"],
    ['imageSize', '8K', "'1K', '2K', and '4K'"],
  ])('names a field at fault as Imagen does: %s', async (name, value, words) => {
    const field = `parameters.${name}`;
    const response = await predict({ instances: [{ prompt: 'x' }], parameters: { [name]: value } });
    const { error } = (await response.json()) as { error: { message: string; details: object[] } };
    expect(response.status).toBe(400);
    expect(error.message).toContain(words);
    expect(error.details).toContainEqual(
      expect.objectContaining({ fieldViolations: [expect.objectContaining({ field })] }),
    );
  });

  it('lists its models page by page, in Google’s shape', async () => {
    const names: string[] = [];
    let token = '';
    do {
      const response = await fetch(`${easel.url}/v1beta/models?pageSize=2&pageToken=${token}`);
      const page = (await response.json()) as {
        models: { name: string }[];
        nextPageToken?: string;
      };
      expect(page.models.length).toBeLessThanOrEqual(2);
      names.push(...page.models.map(({ name }) => name));
      token = page.nextPageToken ?? '';
    } while (token !== '');
    expect(names).toContain('models/gemini-3-pro-image');
    expect(new Set(names).size).toBe(names.length);
    for (const path of [
      '/v1beta/models/gemini-3-pro-image',
      '/v1alpha/models/models/gemini-3-pro-image/',
    ]) {
      expect(await (await fetch(`${easel.url}${path}`)).json()).toMatchObject({
        name: 'models/gemini-3-pro-image',
        displayName: 'Nano Banana Pro',
        inputTokenLimit: 65_536,
        outputTokenLimit: 32_768,
        supportedGenerationMethods: ['generateContent', 'countTokens'],
      });
    }
  });

  it('suggests only models that have a page here', async () => {
    const messageOf = async (model: string): Promise<string> => {
      const response = await fetch(`${easel.url}/v1beta/models/${model}`);
      return ((await response.json()) as { error: { message: string } }).error.message;
    };
    expect(await messageOf('gemini-3-pro')).toContain("'gemini-3-pro-image'");
    expect(await messageOf('gpt-image-1')).not.toContain('Did you mean');
  });

  it('says that Imagen was shut down, also in generateContent', async () => {
    const response = await fetch(
      `${easel.url}/v1beta/models/imagen-4.0-generate-001:generateContent`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ contents: [{ parts: [{ text: 'a cat' }] }] }),
      },
    );
    await response.arrayBuffer();
    expect(response.status).toBe(200);
    expect(response.headers.get('x-mapping-warning')).toBe(
      'model "imagen-4.0-generate-001" was shut down by Google; used gemini-3-pro-image',
    );
  });

  it.each([
    ['GET', '/v1beta/models/gemini-2.5-flash', 404],
    ['GET', '/v1beta/models?pageSize=-1', 400],
    ['POST', '/v1beta/models', 405],
    ['GET', '/v1/models/gemini-3-pro-image:predict', 405],
  ])('responds to %s %s in Google’s format', async (method, path, code) => {
    const response = await fetch(`${easel.url}${path}`, { method });
    expect(await response.json()).toMatchObject({ error: { code } });
    expect(response.status).toBe(code);
  });
});
