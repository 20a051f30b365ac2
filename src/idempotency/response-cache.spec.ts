import { JsonBlob } from '../json/json-blob';
import { ResponseCache } from './response-cache';

const MEBIBYTE = 1024 * 1024;

const opened = (bytes: number, body: string = 'x') => ({
  response: { status: 200, headers: {}, body },
  images: [bytes === 0 ? undefined : new JsonBlob([Buffer.alloc(bytes, 'A')], true)],
});

describe('ResponseCache', () => {
  it('keeps a copy, which outlasts the bytes that it is of', async () => {
    const cache = new ResponseCache(MEBIBYTE);
    const bytes = [Buffer.from('ab'), Buffer.from('cd')];
    const { response } = opened(0);
    const name = await cache.add({ response, images: [undefined, new JsonBlob(bytes, true)] });
    bytes.forEach((chunk) => chunk.fill('!'));
    const kept = cache.get(name ?? '');
    expect(kept?.response).toEqual(response);
    expect(kept?.images[0]).toBeUndefined();
    expect(kept?.images[1]?.toText()).toBe('abcd');
    expect(ResponseCache.isName(name ?? '')).toBe(true);
  });

  it('drops the oldest for new ones, and refuses one that cannot fit', async () => {
    const cache = new ResponseCache(MEBIBYTE);
    const names: (string | undefined)[] = [];
    for (let index = 0; index < 3; index += 1) {
      names.push(await cache.add(opened(400 * 1024)));
    }
    expect(names.map((name) => cache.get(name ?? '') !== undefined)).toEqual([false, true, true]);
    expect(await cache.add(opened(MEBIBYTE))).toBeUndefined();
    expect(cache.get(names[2] ?? '')).toBeDefined();
    expect(cache.bytes).toBeLessThanOrEqual(MEBIBYTE);
  });

  it('holds no more than it may when many are added at once', async () => {
    const cache = new ResponseCache(4 * MEBIBYTE);
    const adding = Array.from({ length: 8 }, () => cache.add(opened(MEBIBYTE)));
    const names = await Promise.all(adding);
    expect(cache.bytes).toBeLessThanOrEqual(4 * MEBIBYTE);
    const kept = names.filter((name) => cache.get(name ?? '') !== undefined);
    expect(kept.length).toBeGreaterThan(0);
    expect(cache.bytes).toBeGreaterThanOrEqual(kept.length * MEBIBYTE);
  });

  it('counts the memory of a response without images', async () => {
    const cache = new ResponseCache(MEBIBYTE);
    for (let index = 0; index < 2000; index += 1) {
      await cache.add(opened(0));
    }
    expect(cache.bytes).toBeLessThanOrEqual(MEBIBYTE);
    expect(cache.bytes / 500).toBeGreaterThan(1024);
  });
});
