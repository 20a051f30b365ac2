import { parseHeader } from './header-parameters';

describe('parseHeader', () => {
  it.each<[string, string, Record<string, string>]>([
    ['text/plain', 'text/plain', {}],
    ['', '', {}],
    ['Form-Data; Name="image"', 'form-data', { name: 'image' }],
    ['form-data;name=image', 'form-data', { name: 'image' }],
    [
      'form-data ; name = image ; filename = a b.png ',
      'form-data',
      { name: 'image', filename: 'a b.png' },
    ],
    ['form-data; name="a;b"; x=y', 'form-data', { name: 'a;b', x: 'y' }],
    ['form-data; name="a\\"b\\\\c"', 'form-data', { name: 'a"b\\c' }],
    ['form-data; filename="C:\\dir\\x.png"', 'form-data', { filename: 'C:\\dir\\x.png' }],
    ['form-data; name="never closed', 'form-data', { name: 'never closed' }],
    ['form-data; name="x" junk; y=z', 'form-data', { name: 'x', y: 'z' }],
    ['form-data; name=""', 'form-data', { name: '' }],
    ['form-data; name; ; =x; y=', 'form-data', { name: '', y: '' }],
    ['form-data; name=first; name=second', 'form-data', { name: 'first' }],
    ["form-data; filename*=utf-8''a%2fb", 'form-data', { 'filename*': "utf-8''a%2fb" }],
    ['multipart/form-data; boundary="a=b_c==d"', 'multipart/form-data', { boundary: 'a=b_c==d' }],
    ['multipart/form-data; boundary===x==', 'multipart/form-data', { boundary: '==x==' }],
    ['Application/JSON; Charset=UTF-8', 'application/json', { charset: 'UTF-8' }],
  ])('%s', (header, value, parameters) => {
    const parsed = parseHeader(header);
    expect(parsed.value).toBe(value);
    expect(Object.fromEntries(parsed.parameters)).toEqual(parameters);
  });

  it.each([';'.repeat(16_000), `;${' '.repeat(16_000)}x`, `; a="${'\\"'.repeat(8000)}`])(
    'parses long nonsense quickly',
    (header) => {
      const started = process.cpuUsage();
      parseHeader(header);
      // Backtracking would take minutes.
      expect(process.cpuUsage(started).user / 1000).toBeLessThan(2000);
    },
  );
});
