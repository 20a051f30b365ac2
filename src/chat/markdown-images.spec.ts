import fc from 'fast-check';
import { JsonBlob } from '../json/json-blob';
import { splitMarkdownImages } from './markdown-images';

const MAX_WORDS = 100_000;

/** Words as they are, and the URL of each image behind an `@`. */
function split(text: string, chunkBytes = 1000, maxWords = MAX_WORDS): readonly string[] {
  const bytes = Buffer.from(text);
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    chunks.push(bytes.subarray(at, at + chunkBytes));
  }
  return splitMarkdownImages(JsonBlob.from(chunks), maxWords).map((piece) =>
    'words' in piece ? piece.words.toText() : `@${piece.url.toText()}`,
  );
}

const PNG = 'data:image/png;base64,iVBORw0KGgo=';

describe('splitMarkdownImages', () => {
  it.each<[string, string, readonly string[]]>([
    ['nothing', '', []],
    ['words', 'a cat', ['a cat']],
    ['an image alone', `![image](${PNG})`, [`@${PNG}`]],
    ['an image without a name', `![](${PNG})`, [`@${PNG}`]],
    ['an image between words', `Here: ![a cat](${PNG}) Nice?`, ['Here: ', `@${PNG}`, ' Nice?']],
    ['two images', `![a](${PNG})\n![b](${PNG})`, [`@${PNG}`, '\n', `@${PNG}`]],
    ['a URL of the web', '![a](https://x.example/a.png)', ['@https://x.example/a.png']],
    ['http', '![a](HTTP://x.example/a.png)', ['@HTTP://x.example/a.png']],
    ['a title', '![a](https://x.example/a.png "A (nice) cat")!', ['@https://x.example/a.png', '!']],
    ['a title behind a data URI', `![a](${PNG} "cat")`, [`@${PNG}`]],
    [
      'brackets around the URL',
      `![a](<${PNG}>) ![b](<https://x.example/b>)`,
      [`@${PNG}`, ' ', '@https://x.example/b'],
    ],
    [
      'parentheses in a URL',
      '![a](https://x.example/a_(b).png).',
      ['@https://x.example/a_(b).png', '.'],
    ],
    ['brackets in the name', `![a [b] c](${PNG})`, [`@${PNG}`]],
    ['a bang before', `Wow!![a](${PNG})`, ['Wow!', `@${PNG}`]],
    ['an image begun twice', `![x ![a](${PNG})`, ['![x ', `@${PNG}`]],
    [
      'an image within a link',
      `[![a](${PNG})](https://x.example)`,
      ['[', `@${PNG}`, '](https://x.example)'],
    ],
    ['a link', '[a](https://x.example/a.png)', ['[a](https://x.example/a.png)']],
    ['a link behind a bang', `Yes! [a](${PNG})`, [`Yes! [a](${PNG})`]],
    ['a path', '![a](/files/a.png) ![b](a.png)', ['![a](/files/a.png) ![b](a.png)']],
    ['another scheme', '![a](javascript:alert(1))', ['![a](javascript:alert(1))']],
    ['an image without its end', `![a](${PNG}`, [`![a](${PNG}`]],
    ['a URL without its end', '![a](https://x.example/a.png', ['![a](https://x.example/a.png']],
    ['a URL with words', '![a](https://x.example/a b.png)', ['![a](https://x.example/a b.png)']],
    [
      'a URL that is too long',
      `![a](https://x.example/${'a'.repeat(9000)})`,
      [`![a](https://x.example/${'a'.repeat(9000)})`],
    ],
    ['words of other scripts', `Voilà 🐈 ![é](${PNG}) là`, ['Voilà 🐈 ', `@${PNG}`, ' là']],
  ])('%s', (_name, text, expected) => {
    for (const chunkBytes of [1, 2, 7, 100_000]) {
      expect(split(text, chunkBytes)).toEqual(expected);
    }
  });

  it('loses no byte of any text, wherever it is split', () => {
    const token = fc.constantFrom(
      '!',
      '[',
      ']',
      '(',
      ')',
      '![',
      '](',
      'data:',
      'https://',
      '<',
      '>',
      ' ',
      'a"',
      '\n',
    );
    fc.assert(
      fc.property(
        fc.array(token, { maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        (tokens, size) => {
          const text = tokens.join('');
          const whole = split(text, 100_000);
          expect(split(text, size)).toEqual(whole);
          const left = whole.reduce<string | undefined>((rest, piece) => {
            const found = rest?.indexOf(piece.replace(/^@(?=data:|https:)/, '')) ?? -1;
            return found === -1 ? undefined : rest?.slice(found);
          }, text);
          expect(left).toBeDefined();
        },
      ),
    );
  });

  it('shares the bytes of an image', () => {
    const image = Buffer.from(PNG);
    const text = JsonBlob.from([Buffer.from('![a]('), image, Buffer.from(')')]);
    const [piece] = splitMarkdownImages(text, MAX_WORDS);
    expect(piece !== undefined && 'url' in piece && piece.url.chunks[0]?.buffer).toBe(image.buffer);
  });

  it.each([
    ['brackets', '!' + ']'.repeat(50_000)],
    ['starts', '!['.repeat(50_000)],
    ['tiny images', '![](data:,)'.repeat(50_000)],
    ['links', '![](http'.repeat(50_000)],
  ])('looks at no more %s than it may', (_name, text) => {
    const pieces = split(text, 64, 1000);
    expect(pieces.length).toBeLessThan(50);
    expect(pieces.join('').length).toBeGreaterThan(text.length / 2);
  });
});
