import type { GatewayError } from '../../errors/gateway-error';
import { generationFromJson, REFERENCE_FIELDS } from './generation-json';

const URI = 'data:image/png;base64,AAAA';

describe('generationFromJson', () => {
  it.each(REFERENCE_FIELDS)('finds images in %s', (name) => {
    const { uploads, fields } = generationFromJson({ prompt: 'x', [name]: [URI] });
    expect(uploads?.images).toEqual([{ url: URI, field: { param: `${name}[0]` } }]);
    expect(fields['prompt']).toBe('x');
  });

  it('uses those of several fields in a fixed order, whatever their order in the body', () => {
    const { uploads } = generationFromJson({ input_references: [`${URI}B`], image: `${URI}A` });
    expect(uploads?.images.map(({ url }) => url)).toEqual([`${URI}A`, `${URI}B`]);
  });

  it('has a mask or a markup for them', () => {
    const mask = { url: URI };
    expect(generationFromJson({ image: URI, mask }).uploads?.mask).toEqual({
      url: URI,
      field: { param: 'mask.url' },
    });
    expect(generationFromJson({ image: URI, markup: URI }).uploads?.markup?.url).toBe(URI);
    expect(generationFromJson({ image: URI, mask: null }).uploads?.mask).toBeUndefined();
  });

  it('accepts only one mask', () => {
    const make = () => generationFromJson({ image: URI, mask: [URI, URI] });
    expect(make).toThrow(
      expect.objectContaining({
        fault: expect.objectContaining({ param: 'mask', code: 'invalid_value' }) as unknown,
      }) as GatewayError,
    );
  });

  it.each([{}, { image: null, images: [] }, { image_url: '' }, { mask: URI, markup: URI }])(
    'is a generation without images: %j',
    (body) => {
      const { uploads, meaningless, fields } = generationFromJson(body);
      expect(uploads).toBeUndefined();
      expect([...meaningless.keys()]).toEqual(['mask', 'markup']);
      expect(fields).toEqual(body);
    },
  );
});
