import type { GatewayError } from '../errors/gateway-error';
import { openRouterOrder } from './openrouter-order.request';

const URI = 'data:image/png;base64,AAAA';

describe('openRouterOrder', () => {
  it.each<[Record<string, unknown>, object]>([
    [{}, { imageSize: undefined, size: undefined, responseFormat: 'b64_json' }],
    [{ resolution: '2K' }, { imageSize: '2K', names: { imageSize: 'resolution' } }],
    [
      { resolution: '2K', image_size: '1K' },
      { imageSize: '1K', names: {} },
    ],
    [{ resolution: null }, { imageSize: undefined }],
    [{ resolution: 'auto' }, { imageSize: undefined }],
    [{ size: '2k' }, { imageSize: '2k', size: undefined, names: { imageSize: 'size' } }],
    [
      { size: '2K', resolution: '4K' },
      { imageSize: '4K', size: undefined },
    ],
    [{ size: '2048x2048' }, { size: '2048x2048', imageSize: undefined }],
    [{ aspect_ratio: '21:9' }, { aspectRatio: '21:9' }],
    [{ aspect_ratio: 'auto' }, { aspectRatio: undefined }],
    [{ response_format: 'url', model: 'dall-e-3' }, { responseFormat: 'b64_json' }],
    [
      { n: 3, seed: 7, user: 'ann' },
      { n: 3, seed: 7, user: 'ann' },
    ],
  ])('%j: %j', async (body, fields) => {
    const order = await openRouterOrder({ prompt: 'x', ...body });
    expect(order.fields).toMatchObject(fields);
    expect(order.warnings).toEqual([]);
    expect(order.uploads).toBeUndefined();
  });

  it('has images in input_references', async () => {
    const references = [{ type: 'image_url', image_url: { url: URI } }];
    const { uploads } = await openRouterOrder({ prompt: 'x', input_references: references });
    expect(uploads?.images).toEqual([
      { url: URI, field: { param: 'input_references[0].image_url.url' } },
    ]);
  });

  it('rejects a resolution that is not text', async () => {
    const order = async () => openRouterOrder({ prompt: 'x', resolution: 2 });
    await expect(order()).rejects.toMatchObject({
      fault: { param: 'resolution', code: 'invalid_type' },
    } satisfies Partial<{ fault: Partial<GatewayError['fault']> }>);
  });
});
