import OpenAI, { AzureOpenAI, toFile } from 'openai';
import { startEasel, type RunningEasel } from '../running-easel';
import { asInput, inputsOf } from './gemini-inputs';
import { sampleImages, type SampleImages } from './sample-images';

const KEY = 'the-right-key-0123456789';

/** Azure's client writes the model into the path, and the key into a header of its own. */
describe('the openai package as Azure’s client', () => {
  let easel: RunningEasel;
  let samples: SampleImages;

  beforeAll(async () => {
    samples = await sampleImages();
    easel = await startEasel({ env: { PROXY_API_KEY: KEY, PROXY_AUTH_MODE: 'strict' } });
  });
  afterAll(async () => {
    await easel.close();
    await samples.remove();
  });
  beforeEach(() => {
    easel.emulator.reset();
  });

  const client = (apiKey = KEY) =>
    new AzureOpenAI({ endpoint: easel.url, apiKey, apiVersion: '2026-10-01-preview' });
  const lastPath = () => easel.log.findLast(({ msg }) => msg.includes('/openai/'))?.['path'];

  it('generates with the model of the path', async () => {
    const { data } = await client().images.generate({
      model: 'gemini-3.1-flash-image',
      prompt: 'a boat',
    });
    expect(data?.[0]?.b64_json).toMatch(/^\/9j\//);
    expect(easel.emulator.requests[0]?.model).toBe('gemini-3.1-flash-image');
    expect(lastPath()).toBe('/openai/deployments/gemini-3.1-flash-image/images/generations');
  });

  it('generates with a deployment that it was given', async () => {
    const azure = new AzureOpenAI({
      endpoint: easel.url,
      apiKey: KEY,
      apiVersion: '2026-10-01-preview',
      deployment: 'dall-e-3',
    });
    const { data } = await azure.images.generate({ prompt: 'a boat' });
    expect(data?.[0]?.url).toMatch(/^data:image\/jpeg;base64,/);
  });

  it('edits', async () => {
    const { data } = await client().images.edit({
      model: 'gpt-image-1',
      prompt: 'at night',
      image: await toFile(samples.png, 'one.png'),
    });
    expect(data).toHaveLength(1);
    expect(inputsOf(easel)).toEqual([asInput(samples.png, 'image/png')]);
  });

  it('lists the models', async () => {
    const ids: string[] = [];
    for await (const { id } of client().models.list()) {
      ids.push(id);
    }
    expect(ids).toContain('gemini-3-pro-image');
  });

  it('reports a wrong key', async () => {
    await expect(
      client('wrong-key-0123456789').images.generate({ model: 'gpt-image-1', prompt: 'x' }),
    ).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    expect(easel.emulator.requests).toHaveLength(0);
  });

  it('works through Azure’s newer base URL as well', async () => {
    const openai = new OpenAI({ baseURL: `${easel.url}/openai/v1`, apiKey: KEY });
    const { data } = await openai.images.generate({ model: 'imagen-3', prompt: 'a boat' });
    expect(data?.[0]?.b64_json).toMatch(/^\/9j\//);
  });
});
