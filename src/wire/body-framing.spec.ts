import fc from 'fast-check';
import { framingOf } from './body-framing';
import type { BodyLength } from './response-head';
import { WireError } from './wire.error';

/** What comes of the pieces: the body, how much of them it has taken, and whether it has come whole. */
function framed(length: BodyLength, pieces: readonly Buffer[]) {
  const framing = framingOf(length);
  const body: Buffer[] = [];
  let taken = 0;
  for (const piece of pieces) {
    const took = framing.take(piece, (slice) => body.push(slice));
    taken += took;
    if (took < piece.length) {
      break;
    }
  }
  return { body: Buffer.concat(body).toString('latin1'), taken, isComplete: framing.isComplete };
}

/** All of the text at once, and byte by byte: the same has to come of both. */
function framedBothWays(length: BodyLength, text: string) {
  const bytes = Buffer.from(text, 'latin1');
  const whole = framed(length, [bytes]);
  expect(
    framed(
      length,
      Array.from(bytes, (byte) => Buffer.of(byte)),
    ),
  ).toEqual(whole);
  return whole;
}

describe('a body of chunks', () => {
  it.each<[string, string, string, string]>([
    ['one chunk', '5\r\nhello\r\n0\r\n\r\n', '', 'hello'],
    ['two chunks', '3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n', '', 'hello'],
    ['no chunk', '0\r\n\r\n', '', ''],
    ['several zeros', '000\r\n\r\n', '', ''],
    ['a zero before the size', '05\r\nhello\r\n0\r\n\r\n', '', 'hello'],
    [
      'hexadecimal sizes',
      `a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n`,
      '',
      '01234567890123456789a',
    ],
    ['an extension', '5;name=value\r\nhello\r\n0;last\r\n\r\n', '', 'hello'],
    ['an extension in quotes', '5 ; name="a;b"\r\nhello\r\n0\r\n\r\n', '', 'hello'],
    ['white space behind the size', '5 \t\r\nhello\r\n0\r\n\r\n', '', 'hello'],
    ['line breaks in the data', '4\r\n\r\n\r\n\r\n0\r\n\r\n', '', '\r\n\r\n'],
    ['a trailer', '5\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\n', '', 'hello'],
    ['what belongs to nobody', '5\r\nhello\r\n0\r\n\r\n', 'HTTP/1.1 200 OK\r\n', 'hello'],
  ])('%s', (_name, text, rest, body) => {
    expect(framedBothWays({ kind: 'chunked' }, text + rest)).toEqual({
      body,
      taken: text.length,
      isComplete: true,
    });
  });

  it.each<[string, string]>([
    ['no size', '\r\nhello'],
    ['a size that is no number', 'x\r\n'],
    ['a sign', '+5\r\nhello\r\n'],
    ['a negative size', '-5\r\nhello\r\n'],
    ['a prefix', '0x5\r\nhello\r\n'],
    ['a space before the size', ' 5\r\nhello\r\n'],
    ['two sizes', '5 5\r\nhello\r\n'],
    ['a size beyond all numbers', 'fffffffffffffff\r\n'],
    ['a bare LF behind the size', '5\nhello\r\n'],
    ['a bare CR behind the size', '5\rhello\r\n'],
    ['a bare CR in an extension', '5;a\rb\r\nhello\r\n'],
    ['a bare LF in an extension', '5;a\nb\r\nhello\r\n'],
    ['more data than announced', '5\r\nhello!\r\n'],
    ['less data than announced', '7\r\nhello\r\n0\r\n\r\n'],
    ['a bare LF behind the data', '5\r\nhello\n0\r\n\r\n'],
    ['a bare LF in the trailer', '0\r\nA: b\n\r\n'],
    ['a bare LF instead of a trailer', '0\r\n\n'],
    ['a size that does not end', '0'.repeat(5000)],
    ['an extension that does not end', `5;${'a'.repeat(5000)}`],
    ['an extension that ends late', `5;${'a'.repeat(5000)}\r\nhello`],
    ['a field of the trailer that does not end', `0\r\n${'a'.repeat(5000)}`],
    ['a trailer that does not end', `0\r\n${'a: b\r\n'.repeat(20_000)}`],
  ])('is refused for %s', (_name, text) => {
    const bytes = Buffer.from(text);
    expect(() => framed({ kind: 'chunked' }, [bytes])).toThrow(WireError);
    expect(() =>
      framed(
        { kind: 'chunked' },
        Array.from(bytes, (byte) => Buffer.of(byte)),
      ),
    ).toThrow(WireError);
  });

  it.each([
    '',
    '5',
    '5\r',
    '5\r\n',
    '5\r\nhel',
    '5\r\nhello',
    '5\r\nhello\r\n',
    '0\r\n',
    '0\r\n\r',
    '0\r\na: b\r\n',
  ])('is not complete after %j', (text) => {
    const { isComplete, taken } = framedBothWays({ kind: 'chunked' }, text);
    expect([isComplete, taken]).toEqual([false, text.length]);
  });
});

describe('a body of a known length', () => {
  it.each<[number, string, string, boolean]>([
    [0, '', '', true],
    [0, 'more', '', true],
    [5, '', '', false],
    [5, 'hell', 'hell', false],
    [5, 'hello', 'hello', true],
    [5, 'hello, more', 'hello', true],
  ])('of %i bytes takes of %j', (bytes, text, body, isComplete) => {
    expect(framedBothWays({ kind: 'bytes', bytes }, text)).toEqual({
      body,
      taken: body.length,
      isComplete,
    });
  });
});

it('a body delimited by the close includes everything, and is never complete by itself', () => {
  expect(framedBothWays({ kind: 'until_close' }, 'hello')).toEqual({
    body: 'hello',
    taken: 5,
    isComplete: false,
  });
});

const someBytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const extension = fc.constantFrom('', ';a', ' ;a=b', ';a="x\\"y;z"', '\t');
const trailer = fc.array(fc.constantFrom('A: b\r\n', 'X-Sum: 0\r\n'), { maxLength: 3 });

/** A body and the same in chunks. */
const chunkedBody = fc
  .tuple(fc.array(fc.tuple(someBytes, extension, fc.boolean()), { maxLength: 8 }), trailer)
  .map(([chunks, fields]) => ({
    body: Buffer.concat(chunks.map(([bytes]) => bytes)),
    framed: Buffer.concat([
      ...chunks
        .filter(([bytes]) => bytes.length > 0)
        .map(([bytes, ext, isUpper]) => {
          const size = bytes.length.toString(16);
          const line = `${isUpper ? size.toUpperCase() : size}${ext}\r\n`;
          return Buffer.concat([Buffer.from(line), bytes, Buffer.from('\r\n')]);
        }),
      Buffer.from(`0\r\n${fields.join('')}\r\n`),
    ]),
  }));

/** Cut anywhere, however often. */
function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...cuts.map((place) => place % (bytes.length + 1)), 0, bytes.length];
  const sorted = places.sort((a, b) => a - b);
  return sorted.slice(1).map((end, at) => bytes.subarray(sorted[at], end));
}

const cuts = fc.array(fc.nat({ max: 5000 }), { maxLength: 20 });

it('any body in any chunks, delivered in any pieces, comes out byte for byte and ends where it ends', () => {
  fc.assert(
    fc.property(chunkedBody, someBytes, cuts, (made, rest, places) => {
      const pieces = cut(Buffer.concat([made.framed, rest]), places);
      expect(framed({ kind: 'chunked' }, pieces)).toEqual({
        body: made.body.toString('latin1'),
        taken: made.framed.length,
        isComplete: true,
      });
    }),
    { numRuns: 500 },
  );
});

it('any bytes at all are taken or refused, and never more than there are', () => {
  const piece = fc.oneof(
    someBytes,
    fc.constantFrom('0\r\n', '5\r\n', '\r\n', 'a').map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const framing = framingOf({ kind: 'chunked' });
      try {
        for (const bytes of pieces) {
          expect(framing.take(bytes, () => undefined)).toBeLessThanOrEqual(bytes.length);
        }
      } catch (error) {
        expect(error).toMatchObject({ code: 'EPROTO' });
      }
    }),
    { numRuns: 500 },
  );
});
