import { form, picture, type Bytes, type FormPart } from '../pictures';
import { startEasel, type ImagesBody, type RunningEasel } from '../running-easel';
import { EDITS, GENERATIONS } from './client-requests';

describe('a request as sent by', () => {
  let easel: RunningEasel;
  let image: Bytes;

  beforeAll(async () => {
    image = await picture();
    easel = await startEasel();
  });
  afterAll(() => easel.close());
  beforeEach(() => {
    easel.emulator.reset();
  });

  it.each(GENERATIONS)('$client: generation', async ({ body, wanted, headers, query = '' }) => {
    const response = await fetch(`${easel.url}/v1/images/generations${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    const { member, count = 1, ratio, tier, format = 'jpeg' } = wanted;
    const images = (await response.json()) as ImagesBody;
    expect(images.data).toHaveLength(count);
    expect(images.data[0]).toHaveProperty(member);
    expect(images.output_format).toBe(format);
    const used = Object.fromEntries(response.headers);
    expect(used).toMatchObject({
      ...(ratio === undefined ? {} : { 'x-image-aspect-ratio': ratio }),
      ...(tier === undefined ? {} : { 'x-image-size': tier }),
    });
    expect(easel.emulator.requests).toHaveLength(count);
  });

  it.each(EDITS)('$client: edit', async ({ parts, images }) => {
    const body = form(
      ...parts.map(([name, value, file]): FormPart =>
        value === 'IMAGE' ? [name, image, file] : [name, value],
      ),
    );
    const response = await easel.edit(body);
    expect(response.status).toBe(200);
    const { data } = (await response.json()) as ImagesBody;
    expect(data).toHaveLength(1);
    expect(data[0]).toHaveProperty('b64_json');
    const sent = JSON.stringify(easel.emulator.requests[0]?.body);
    expect(sent.split('"inlineData"')).toHaveLength(images + 1);
  });

  it('a browser on another origin: the question before it', async () => {
    const response = await fetch(`${easel.url}/v1/images/generations`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://chat.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-headers')).toContain('authorization');
  });

  it('a picker of models that shows those of OpenAI only', async () => {
    const { data } = (await (await fetch(`${easel.url}/v1/models`)).json()) as {
      readonly data: readonly { readonly id: string }[];
    };
    expect(data.some(({ id }) => id.startsWith('dall-'))).toBe(true);
    expect(data.some(({ id }) => id.includes('gpt-image'))).toBe(true);
  });
});
