import type { GatewayError } from '../../errors/gateway-error';
import { checkFraming, type FramedMessage } from './message-framing';

function messageOf(rawHeaders: readonly string[], httpVersion = '1.1'): FramedMessage {
  const headers: Record<string, string> = {};
  for (let at = 0; at < rawHeaders.length; at += 2) {
    headers[(rawHeaders[at] ?? '').toLowerCase()] ??= rawHeaders[at + 1] ?? '';
  }
  return { httpVersion, headers, rawHeaders: [...rawHeaders] };
}

describe('checkFraming', () => {
  it.each<[string, FramedMessage, string | undefined]>([
    ['one Host', messageOf(['Host', 'a']), undefined],
    ['an empty Host', messageOf(['host', '']), undefined],
    ['no Host', messageOf([]), 'invalid_request'],
    ['no Host in HTTP/1.0', messageOf([], '1.0'), undefined],
    ['two', messageOf(['Host', 'a', 'HOST', 'b']), 'invalid_request'],
    ['the same twice', messageOf(['Host', 'a', 'Host', 'a']), 'invalid_request'],
    ['two in HTTP/1.0', messageOf(['Host', 'a', 'Host', 'b'], '1.0'), 'invalid_request'],
    ['chunked', messageOf(['Host', 'a', 'Transfer-Encoding', 'Chunked ']), undefined],
    [
      'gzip as well',
      messageOf(['Host', 'a', 'Transfer-Encoding', 'gzip, chunked']),
      'unsupported_transfer_encoding',
    ],
    [
      'chunked twice',
      messageOf(['Host', 'a', 'Transfer-Encoding', 'chunked, chunked']),
      'unsupported_transfer_encoding',
    ],
  ])('%s', (_name, message, kind) => {
    let found: string | undefined;
    try {
      checkFraming(message);
    } catch (error) {
      found = (error as GatewayError).fault.kind;
    }
    expect(found).toBe(kind);
  });
});
