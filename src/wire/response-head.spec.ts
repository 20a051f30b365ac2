import { parseResponseHead } from './response-head';
import { WireError } from './wire.error';

const CHUNKED = { kind: 'chunked' };
const UNTIL_CLOSE = { kind: 'until_close' };
const bytes = (length: number) => ({ kind: 'bytes', bytes: length });

function headOf(...lines: readonly string[]) {
  return parseResponseHead(lines.join('\r\n'));
}

describe('where the body of a response ends', () => {
  it.each<[string, readonly string[], object]>([
    ['a length', ['HTTP/1.1 200 OK', 'Content-Length: 5'], bytes(5)],
    ['a length of nothing', ['HTTP/1.1 200 OK', 'Content-Length: 0'], bytes(0)],
    ['a length in white space', ['HTTP/1.1 200 OK', 'content-length:\t 5 \t'], bytes(5)],
    ['no space behind the colon', ['HTTP/1.1 200 OK', 'CONTENT-LENGTH:5'], bytes(5)],
    [
      'the same length twice',
      ['HTTP/1.1 200 OK', 'Content-Length: 5', 'Content-Length: 5'],
      bytes(5),
    ],
    ['the same length in a list', ['HTTP/1.1 200 OK', 'Content-Length: 5, 5'], bytes(5)],
    [
      'the longest length',
      ['HTTP/1.1 200 OK', `Content-Length: ${'9'.repeat(15)}`],
      bytes(1e15 - 1),
    ],
    ['chunks', ['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'], CHUNKED],
    ['chunks in capitals', ['HTTP/1.1 200 OK', 'transfer-encoding: Chunked'], CHUNKED],
    [
      'chunks before a length',
      ['HTTP/1.1 200 OK', 'Content-Length: 5', 'Transfer-Encoding: chunked'],
      CHUNKED,
    ],
    ['neither', ['HTTP/1.1 200 OK'], UNTIL_CLOSE],
    ['neither, of HTTP/1.0', ['HTTP/1.0 200 OK', 'Server: x'], UNTIL_CLOSE],
    ['an error', ['HTTP/1.1 503 Service Unavailable', 'Content-Length: 7'], bytes(7)],
    ['no reason', ['HTTP/1.1 200', 'Content-Length: 7'], bytes(7)],
    ['an empty reason', ['HTTP/1.1 200 ', 'Content-Length: 7'], bytes(7)],
    ['a reason in Latin-1', ['HTTP/1.1 404 Introuvable\xe9', 'Content-Length: 7'], bytes(7)],
    ['no content', ['HTTP/1.1 204 No Content', 'Content-Length: 5'], bytes(0)],
    ['not modified', ['HTTP/1.1 304 Not Modified', 'Transfer-Encoding: chunked'], bytes(0)],
    ['interim', ['HTTP/1.1 103 Early Hints', 'Content-Length: 5'], bytes(0)],
  ])('%s', (_name, lines, length) => {
    expect(headOf(...lines).length).toEqual(length);
  });
});

describe('heads that are refused because their body is ambiguous', () => {
  it.each<[string, readonly string[]]>([
    ['different lengths', ['HTTP/1.1 200 OK', 'Content-Length: 5', 'Content-Length: 6']],
    ['different lengths in a list', ['HTTP/1.1 200 OK', 'Content-Length: 5, 6']],
    ['a list with a gap', ['HTTP/1.1 200 OK', 'Content-Length: 5,']],
    ['an empty length', ['HTTP/1.1 200 OK', 'Content-Length:']],
    ['a negative length', ['HTTP/1.1 200 OK', 'Content-Length: -5']],
    ['a length with a sign', ['HTTP/1.1 200 OK', 'Content-Length: +5']],
    ['a hexadecimal length', ['HTTP/1.1 200 OK', 'Content-Length: 0x5']],
    ['a fraction', ['HTTP/1.1 200 OK', 'Content-Length: 5.0']],
    ['two numbers', ['HTTP/1.1 200 OK', 'Content-Length: 5 5']],
    ['a length beyond all numbers', ['HTTP/1.1 200 OK', `Content-Length: ${'9'.repeat(16)}`]],
    ['a length with a no-break space', ['HTTP/1.1 200 OK', 'Content-Length: 5\xa0']],
    ['another coding', ['HTTP/1.1 200 OK', 'Transfer-Encoding: gzip, chunked']],
    [
      'chunked twice',
      ['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
    ],
    ['chunked in between', ['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked, gzip']],
    ['an unknown coding', ['HTTP/1.1 200 OK', 'Transfer-Encoding: identity']],
    ['chunked with a parameter', ['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked;q=1']],
    ['nothing', ['']],
    ['no HTTP', ['SSH-2.0-OpenSSH_9.6']],
    ['another version', ['HTTP/2.0 200 OK']],
    ['another version after the dot', ['HTTP/1.2 200 OK']],
    ['a version in lower case', ['http/1.1 200 OK']],
    ['a status of two digits', ['HTTP/1.1 20 OK']],
    ['a status of four digits', ['HTTP/1.1 2000 OK']],
    ['a status that is none', ['HTTP/1.1 600 OK']],
    ['two spaces', ['HTTP/1.1  200 OK']],
    ['an empty line first', ['', 'HTTP/1.1 200 OK']],
    ['a folded line', ['HTTP/1.1 200 OK', 'X: a', ' Content-Length: 5']],
    ['a folded first line', ['HTTP/1.1 200 OK', '\tX: a']],
    ['a bare LF between fields', ['HTTP/1.1 200 OK', 'X: a\nContent-Length: 5']],
    ['a bare LF behind the status', ['HTTP/1.1 200 OK\nContent-Length: 5', 'X: a']],
    ['a bare CR', ['HTTP/1.1 200 OK', 'X: a\rContent-Length: 5']],
    ['a bare CR behind the status', ['HTTP/1.1 200 OK\rContent-Length: 5']],
    ['a space before the colon', ['HTTP/1.1 200 OK', 'Content-Length : 5']],
    ['a space in a name', ['HTTP/1.1 200 OK', 'Content Length: 5']],
    ['no name', ['HTTP/1.1 200 OK', ': 5']],
    ['no colon', ['HTTP/1.1 200 OK', 'Content-Length']],
    ['a name in Latin-1', ['HTTP/1.1 200 OK', 'Content-L\xe9ngth: 5']],
    ['a NUL in a value', ['HTTP/1.1 200 OK', 'X: a\0b']],
    ['a NUL in a length', ['HTTP/1.1 200 OK', 'Content-Length: 5\0']],
    ['a NUL in a name', ['HTTP/1.1 200 OK', 'X\0: a']],
    ['a NUL in the reason', ['HTTP/1.1 200 O\0K']],
    ['another control character', ['HTTP/1.1 200 OK', 'X: a\x1bb']],
  ])('%s', (_name, lines) => {
    expect(() => headOf(...lines)).toThrow(WireError);
  });

  it('does not quote what was sent', () => {
    for (const secret of ['HTTP/1.1 2 secret', 'HTTP/1.1 200 OK\r\nsecret']) {
      expect(() => parseResponseHead(secret)).toThrow(/^(?!.*secret)/);
    }
  });
});

describe('whether the connection is kept alive', () => {
  const framed = (...lines: readonly string[]) => [...lines, 'Content-Length: 5'];

  it.each<[string, readonly string[], boolean]>([
    ['HTTP/1.1', framed('HTTP/1.1 200 OK'), true],
    ['keep-alive', framed('HTTP/1.1 200 OK', 'Connection: keep-alive'), true],
    ['close', framed('HTTP/1.1 200 OK', 'Connection: close'), false],
    ['close in capitals', framed('HTTP/1.1 200 OK', 'connection: CLOSE'), false],
    ['close in a list', framed('HTTP/1.1 200 OK', 'Connection: keep-alive, close'), false],
    ['close first in a list', framed('HTTP/1.1 200 OK', 'Connection: close,x'), false],
    ['close behind a tab', framed('HTTP/1.1 200 OK', 'Connection: keep-alive,\tclose'), false],
    [
      'close in a second field',
      framed('HTTP/1.1 200 OK', 'Connection: x', 'Connection: close'),
      false,
    ],
    ['a word with close in it', framed('HTTP/1.1 200 OK', 'Connection: x-close, closed'), true],
    ['HTTP/1.0', framed('HTTP/1.0 200 OK'), false],
    ['HTTP/1.0 with keep-alive', framed('HTTP/1.0 200 OK', 'Connection: keep-alive'), false],
    ['until close', ['HTTP/1.1 200 OK', 'Connection: keep-alive'], false],
    ['no content', ['HTTP/1.1 204 No Content'], true],
    ['chunks', ['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'], true],
    ['chunks of HTTP/1.0', ['HTTP/1.0 200 OK', 'Transfer-Encoding: chunked'], false],
    ['chunks and a length', framed('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'), false],
  ])('%s', (_name, lines, keepsAlive) => {
    expect(headOf(...lines).keepsAlive).toBe(keepsAlive);
  });
});

describe('how the body is encoded', () => {
  it.each<[string, readonly string[], string | undefined]>([
    ['not at all', [], undefined],
    ['by nothing', ['Content-Encoding:'], undefined],
    ['by a word in capitals', ['Content-Encoding: GZIP'], 'gzip'],
    ['twice', ['Content-Encoding: gzip', 'Content-Encoding: br'], 'gzip, br'],
  ])('%s', (_name, fields, encoding) => {
    expect(headOf('HTTP/1.1 200 OK', ...fields).contentEncoding).toBe(encoding);
  });
});

it.each<[string, string]>([
  ['spaces', `X: a${' '.repeat(60_000)}b`],
  ['words', `X: ${'a '.repeat(30_000)}\0`],
  ['commas', `Connection: ${'close,'.repeat(10_000)}`],
  ['a name', `${'a'.repeat(60_000)} `],
])('reads a head full of %s in passing', (_name, field) => {
  const startedAt = process.cpuUsage();
  try {
    headOf('HTTP/1.1 200 OK', field);
  } catch {
    // Refused or not: it must not take long. A quadratic search takes seconds.
  }
  expect(process.cpuUsage(startedAt).user / 1000).toBeLessThan(500);
});

describe('when to ask again', () => {
  it.each<[string, readonly string[], string | undefined]>([
    ['seconds', ['HTTP/1.1 429 x', 'retry-after: 33 '], '33'],
    [
      'a date',
      ['HTTP/1.1 503 x', 'Retry-After: Sun, 22 Nov 2026 15:00:33 GMT'],
      'Sun, 22 Nov 2026 15:00:33 GMT',
    ],
    ['nothing in it', ['HTTP/1.1 503 x', 'Retry-After:'], undefined],
    ['no such field', ['HTTP/1.1 503 x'], undefined],
  ])('%s', (_name, lines, expected) => {
    expect(headOf(...lines).retryAfter).toBe(expected);
  });
});
