import { JsonBlob } from '../../json/json-blob';
import { isDataUri, parseDataUri } from './data-uri';

function blob(text: string): JsonBlob {
  return JsonBlob.from(Buffer.from(text));
}

describe('parseDataUri', () => {
  it.each([
    ['data:image/png;base64,AAEC', 'image/png'],
    ['DATA:Image/PNG;Base64,AAEC', 'image/png'],
    ['  data:image/png;base64,AAEC', 'image/png'],
    ['data:image/png;charset=utf-8;base64,AAEC', 'image/png'],
    ['data:image/png;base64;charset=utf-8,AAEC', 'image/png'],
    ['data:image/png; base64 ,AAEC', 'image/png'],
    ['data:text/html;base64,AAEC', 'text/html'],
    ['data:;base64,AAEC', ''],
  ])('%s', (text, mediaType) => {
    const uri = parseDataUri(blob(text));
    expect(uri.ok && [uri.mediaType, uri.payload.toText()]).toEqual([mediaType, 'AAEC']);
  });

  it.each([
    ['no prefix', 'AAEC', 'prefix'],
    ['no comma', 'data:image/png;base64', 'comma'],
    ['a comma out of reach', `data:${'x'.repeat(2000)};base64,AAEC`, 'comma'],
    ['percent-encoding', 'data:image/svg+xml,%3Csvg%3E', 'percent-encoding'],
    ['base64 in a parameter’s name', 'data:image/png;xbase64,AAEC', ';base64'],
    ['base64 after the comma', 'data:image/png,;base64,AAEC', ';base64'],
  ])('refuses %s', (_name, text, expected) => {
    const uri = parseDataUri(blob(text));
    expect(uri.ok ? '' : uri.got).toContain(expected);
  });

  it('returns the payload as slices of the received chunks, wherever they were split', () => {
    const text = Buffer.from('data:image/png;base64,AAECAwQF');
    for (let cut = 0; cut <= text.length; cut += 1) {
      const uri = parseDataUri(JsonBlob.from([text.subarray(0, cut), text.subarray(cut)]));
      expect(uri.ok && uri.payload.toText()).toBe('AAECAwQF');
      expect(uri.ok && uri.payload.chunks.every((chunk) => chunk.buffer === text.buffer)).toBe(
        true,
      );
    }
  });
});

describe('isDataUri', () => {
  it.each([
    ['data:', true],
    [' \nDaTa:,', true],
    ['https://example.com/data:', false],
    ['dat', false],
    ['', false],
  ])('%j: %s', (text, expected) => {
    expect(isDataUri(blob(text))).toBe(expected);
  });
});
