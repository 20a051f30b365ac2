import { VARIATION_PROMPT } from '../../src/mapping/variation-prompt';
import { form, picture, type Bytes } from '../pictures';
import { startEasel, type ImagesBody, type RunningEasel } from '../running-easel';

describe('variations', () => {
  let easel: RunningEasel;
  let image: Bytes;

  beforeAll(async () => {
    image = await picture(64, 64);
    easel = await startEasel();
  });
  afterAll(() => easel.close());
  beforeEach(() => {
    easel.emulator.reset();
  });

  it('sends the image with the fixed prompt, n times', async () => {
    const response = await easel.vary(
      form(['n', '2'], ['image', image], ['size', '1024x1024'], ['user', 'somebody']),
    );
    const { data, size } = (await response.json()) as ImagesBody;
    expect(response.status).toBe(200);
    expect(data).toHaveLength(2);
    expect(data[0]).not.toHaveProperty('revised_prompt');
    expect(size).toBe('1024x1024');
    expect(easel.emulator.requests).toHaveLength(2);
    const parts = [
      { text: VARIATION_PROMPT },
      {
        inlineData: { mimeType: 'image/png', data: Buffer.from(image).toString('base64') },
      },
    ];
    for (const { body } of easel.emulator.requests) {
      expect(body).toMatchObject({ contents: [{ parts }] });
    }
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-images-requested': '2',
      'x-images-returned': '2',
      'x-image-aspect-ratio': '1:1',
    });
  });

  it('has no prompt and no stream, and ignores both', async () => {
    const response = await easel.vary(
      form(['image[]', image], ['prompt', 'a boat'], ['stream', 'true'], ['mask', image]),
    );
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(JSON.stringify(easel.emulator.requests[0]?.body)).not.toContain('a boat');
  });

  it('accepts a format, and returns a data URI on request', async () => {
    const response = await easel.vary(
      form(['image', image], ['output_format', 'png'], ['response_format', 'url']),
    );
    const { data, output_format: format } = (await response.json()) as ImagesBody;
    expect(format).toBe('png');
    expect(data[0]?.url).toMatch(/^data:image\/png;base64,iVBOR/);
  });
});
