import { gzipSync } from 'node:zlib';
import { serveBodies, type BodyServer } from '../../../test/body-server';
import { JsonBlob } from '../../json/json-blob';
import { isJson, readJsonBody } from './blob-json-body';
import { inlineShortBlobs } from './body-text';

describe('isJson', () => {
  it.each([
    ['application/json', true],
    ['Application/JSON; charset=utf-8', true],
    ['application/vnd.api+json', true],
    ['application/jsonp', false],
    ['text/json', false],
    ['multipart/form-data; boundary="application/json"', false],
    [undefined, false],
  ])('%s: %s', (type, expected) => {
    const request = { headers: { 'content-type': type } };
    expect(isJson(request as Parameters<typeof isJson>[0])).toBe(expected);
  });
});

describe('readJsonBody', () => {
  let server: BodyServer;

  beforeAll(async () => {
    server = await serveBodies((request, response) =>
      readJsonBody(request, response, { maxMegabytes: 1 }),
    );
  });
  afterAll(() => {
    server.close();
  });

  const send = (type: string, body: Buffer, ...headers: string[]) =>
    server.send([`Content-Type: ${type}`, `Content-Length: ${body.length}`, ...headers], body);
  const big = (unit: string, count: number) => Buffer.from(`{"a":[${unit.repeat(count)}0]}`);

  it.each<[string, Buffer, string, unknown]>([
    ['plain', Buffer.from('{"prompt":"é"}'), 'utf-8', { prompt: 'é' }],
    ['with a byte order mark', Buffer.from('\ufeff{"prompt":"é"}'), 'UTF-8', { prompt: 'é' }],
    ['in UTF-16', Buffer.from('\ufeff{"prompt":"é"}', 'utf16le'), 'utf-16', { prompt: 'é' }],
    ['in UTF-16LE', Buffer.from('{"prompt":"🚀"}', 'utf16le'), 'utf-16le', { prompt: '🚀' }],
    ['in UTF-16BE', Buffer.from('{"prompt":"é"}', 'utf16le').swap16(), 'utf-16be', { prompt: 'é' }],
    ['pretty', Buffer.from('{\n  "n": null\n}\n'), 'utf-8', { n: null }],
    ['of nothing', Buffer.alloc(0), 'utf-8', {}],
  ])('reads JSON %s', async (_name, body, charset, expected) => {
    expect((await send(`application/json; charset=${charset}`, body)).status).toBe(200);
    expect(server.results.at(-1)).toEqual(expected);
  });

  it('reads compressed bodies', async () => {
    await send('application/json', gzipSync('{"prompt":"x"}'), 'Content-Encoding: gzip');
    expect(server.results.at(-1)).toEqual({ prompt: 'x' });
  });

  it('leaves long strings unchanged', async () => {
    const uri = `data:image/png;base64,${'iVBO'.repeat(100_000)}`;
    await send('application/json', Buffer.from(JSON.stringify({ images: [{ image_url: uri }] })));
    const { images } = server.results.at(-1) as {
      readonly images: readonly [{ image_url: unknown }];
    };
    expect(images[0].image_url).toBeInstanceOf(JsonBlob);
    expect((images[0].image_url as JsonBlob).toText() === uri).toBe(true);
  });

  it('keeps a prompt in every notation', async () => {
    const prompt = '🚀é"\\\n'.repeat(6000);
    const escaped = JSON.stringify({ prompt }).replace(
      /[^\x20-\x7e]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    for (const body of [JSON.stringify({ prompt }), escaped]) {
      await send('application/json', Buffer.from(body));
      expect(inlineShortBlobs(server.results.at(-1))).toEqual({ prompt });
    }
  });

  it.each<[string, Buffer, string, number, string]>([
    ['half an object', Buffer.from('{"a":'), 'utf-8', 400, 'could not parse'],
    ['half a string', Buffer.from('{"a":"'), 'utf-8', 400, 'could not parse'],
    ['white space', Buffer.from(' \n'), 'utf-8', 400, 'could not parse'],
    ['text behind it', Buffer.from('{} x'), 'utf-8', 400, 'could not parse'],
    ['an array', Buffer.from('[]'), 'utf-8', 400, 'must be a JSON object'],
    ['null', Buffer.from('null'), 'utf-8', 400, 'must be a JSON object'],
    ['a number', Buffer.from('1'), 'utf-8', 400, 'must be a JSON object'],
    ['a string', Buffer.from('"x"'), 'utf-8', 400, 'must be a JSON object'],
    ['a long string', Buffer.from(`"${'x'.repeat(5000)}"`), 'utf-8', 400, 'must be a JSON object'],
    [
      'a line break in a long string',
      Buffer.from(`{"a":"${'x\n'.repeat(5000)}"}`),
      'utf-8',
      400,
      'could not parse',
    ],
    ['much structure', big('[],', 30_000), 'utf-8', 400, '64 KiB'],
    ['many short strings', big('"short",', 30_000), 'utf-8', 400, '64 KiB'],
    ['many long strings', big(`"${'x'.repeat(1100)}",`, 900), 'utf-8', 200, ''],
    ['less structure', big('[],', 20_000), 'utf-8', 200, ''],
    ['too much', big('[],', 400_000), 'utf-8', 413, '1 MiB'],
    ['an unknown charset', Buffer.from('{}'), 'klingon', 415, 'charset'],
    ['another charset', Buffer.from('{}'), 'iso-8859-1', 415, 'charset'],
  ])('%s', async (_name, body, charset, status, message) => {
    const reply = await send(`application/json; charset=${charset}`, body);
    expect(reply.status).toBe(status);
    expect(reply.message ?? '').toContain(message);
  });
});
