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
    ['a Host with a port', messageOf(['host', 'a.example:8045']), undefined],
    ['a Host whose port is left out', messageOf(['host', 'a.example:']), undefined],
    ['a Host of IPv6', messageOf(['host', '[::ffff:127.0.0.1]:8045']), undefined],
    ['a Host with an escape', messageOf(['host', 'a%20b_c~d']), undefined],
    ['a Host of two words', messageOf(['host', 'a b']), 'invalid_request'],
    ['a Host with a path', messageOf(['host', 'a/b']), 'invalid_request'],
    ['a Host with a user', messageOf(['host', 'user@a']), 'invalid_request'],
    ['a Host with a scheme', messageOf(['host', 'http://a']), 'invalid_request'],
    ['a Host with two ports', messageOf(['host', 'a:1:2']), 'invalid_request'],
    ['a Host whose port is a word', messageOf(['host', 'a:http']), 'invalid_request'],
    ['a list of Hosts', messageOf(['host', 'a, b']), 'invalid_request'],
    ['a Host of IPv6 without an end', messageOf(['host', '[::1']), 'invalid_request'],
    ['a Host that is not ASCII', messageOf(['host', 'm\xfcller']), 'invalid_request'],
    ['a malformed Host in HTTP/1.0', messageOf(['host', 'a b'], '1.0'), 'invalid_request'],
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
