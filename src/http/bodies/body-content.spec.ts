import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { BodyContent } from './body-content';

const MEBIBYTE = 1024 * 1024;

describe('BodyContent', () => {
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

  function fingerprintOf(
    headers: Record<string, string>,
    chunks: readonly Buffer[],
  ): string | undefined {
    const content = BodyContent.begin({ headers } as unknown as IncomingMessage);
    for (const chunk of chunks) {
      content.add(chunk);
    }
    return content.fingerprint();
  }

  it.each([
    ['one chunk that is all of it', { 'content-length': '6' }, ['abcdef']],
    ['several chunks', { 'content-length': '6' }, ['ab', 'cdef']],
    ['no length', { 'transfer-encoding': 'chunked' }, ['abc', 'def']],
    [
      'compressed bytes, as many as the first chunk has without',
      { 'content-length': '3', 'content-encoding': 'gzip' },
      ['abc', 'def'],
    ],
  ])('is that of the bytes with %s', (_what, headers, chunks) => {
    expect(
      fingerprintOf(
        headers,
        chunks.map((chunk) => Buffer.from(chunk)),
      ),
    ).toBe(sha256('abcdef'));
  });

  it('is that of no bytes without a body', () => {
    expect(fingerprintOf({}, [])).toBe(sha256(''));
  });

  it.each([
    ['in one chunk', [9 * MEBIBYTE]],
    ['in several', [5 * MEBIBYTE, 4 * MEBIBYTE, 1]],
  ])('is not there for more than 8 MiB %s, but with an Idempotency-Key', (_how, lengths) => {
    const chunks = lengths.map((length) => Buffer.alloc(length, 'a'));
    const length = { 'content-length': String(Buffer.concat(chunks).length) };
    expect(fingerprintOf(length, chunks)).toBeUndefined();
    expect(fingerprintOf({ ...length, 'idempotency-key': 'k' }, chunks)).toBe(
      sha256(Buffer.concat(chunks).toString()),
    );
  });
});
