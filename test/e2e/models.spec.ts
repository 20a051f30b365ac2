import { startEasel, type ErrorBody, type RunningEasel } from '../running-easel';

interface Model {
  readonly id: string;
  readonly object: string;
  readonly created: number;
  readonly owned_by: string;
  readonly name: string;
}

describe('the model list', () => {
  let easel: RunningEasel;

  beforeAll(async () => {
    easel = await startEasel();
  });
  afterAll(() => easel.close());

  const get = (path: string) => fetch(`${easel.url}/v1/models${path}`);

  it('has Google’s models and OpenAI’s names for the pickers that show nothing else', async () => {
    const body = (await (await get('')).json()) as { object: string; data: Model[] };
    expect(body.object).toBe('list');
    for (const model of body.data) {
      expect(model).toEqual({
        id: expect.stringMatching(/^[a-z0-9.-]+$/) as string,
        object: 'model',
        created: expect.any(Number) as number,
        owned_by: expect.stringMatching(/^(google|easel-alias)$/) as string,
        name: expect.any(String) as string,
        description: expect.any(String) as string,
        architecture: {
          input_modalities: ['text', 'image'],
          output_modalities: expect.arrayContaining(['image']) as string[],
        },
        // Texts in USD per token, as OpenRouter's clients read them.
        pricing: {
          prompt: expect.stringMatching(/^0\.\d+$/) as string,
          completion: expect.stringMatching(/^0\.\d+$/) as string,
          image_output: expect.stringMatching(/^0\.\d+$/) as string,
        },
        supported_parameters: expect.arrayContaining(['n', 'size', 'seed']) as string[],
      });
    }
    const ids = body.data.map(({ id }) => id);
    expect(ids[0]).toBe('gemini-3-pro-image');
    expect(ids.filter((id) => /dall-e|gpt-image/.test(id)).length).toBeGreaterThan(4);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each([
    ['/gemini-3-pro-image', 'gemini-3-pro-image', 'google'],
    ['/gemini-3-pro-image-16x9-4k', 'gemini-3-pro-image-16x9-4k', 'google'],
    ['/models/gemini-3-pro-image', 'models/gemini-3-pro-image', 'google'],
    ['/gpt-image-2-2026-04-21', 'gpt-image-2-2026-04-21', 'easel-alias'],
    ['/dall-e-3/', 'dall-e-3', 'easel-alias'],
  ])('finds %s', async (path, id, owner) => {
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ id, object: 'model', owned_by: owner });
  });

  it.each([
    ['?output_modalities=image', true],
    ['?output_modalities=audio', false],
    ['?output_modalities=audio&output_modalities=image', true],
    ['?output_modalities=all', true],
    ['?other=x', true],
  ])('is filtered by %s', async (query, hasAny) => {
    const { data } = (await (await get(query)).json()) as { data: Model[] };
    expect(data.length > 0).toBe(hasAny);
  });

  it('lists no aliases with LIST_MODEL_ALIASES=off, but still accepts them', async () => {
    const other = await startEasel({ env: { LIST_MODEL_ALIASES: 'off' } });
    try {
      const list = await fetch(`${other.url}/v1/models`);
      const { data } = (await list.json()) as { data: Model[] };
      expect(new Set(data.map(({ owned_by }) => owned_by))).toEqual(new Set(['google']));
      expect((await fetch(`${other.url}/v1/models/dall-e-3`)).status).toBe(200);
      expect((await other.generate({ prompt: 'x', model: 'dall-e-3' })).status).toBe(200);
    } finally {
      await other.close();
    }
  });

  it('rejects all others', async () => {
    const response = await get('/gpt-4o');
    expect(response.status).toBe(404);
    expect(((await response.json()) as ErrorBody).error).toMatchObject({
      param: 'model',
      code: 'model_not_found',
    });
  });
});
