import type { IncomingMessage } from 'node:http';
import { GatewayError, invalidRequest } from '../../errors/gateway-error';

/**
 * A host, which may be empty, and a port (RFC 9112, 3.2; RFC 3986, 3.2.2): an IPv6 address in
 * brackets, or a name.
 */
const HOST = /^(?:\[[\da-f:.]+\]|(?:[\w.~!$&'()*+;=-]|%[\da-f]{2})*)(?::\d*)?$/i;

/** The parts of a message that its framing depends on. */
export type FramedMessage = Pick<IncomingMessage, 'httpVersion' | 'headers' | 'rawHeaders'>;

/**
 * Rejects what Node accepts, or rejects with an empty body: no `Host`, several, or an invalid one
 * (RFC 9112, 3.2), and a Transfer-Encoding besides chunked (6.1), whose body Node would pass on
 * undecoded.
 *
 * @throws GatewayError `invalid_request`, `unsupported_transfer_encoding`
 */
export function checkFraming({ httpVersion, headers, rawHeaders }: FramedMessage): void {
  const encoding = headers['transfer-encoding'];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'chunked') {
    throw new GatewayError({ kind: 'unsupported_transfer_encoding' });
  }
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') {
      hosts += 1;
    }
  }
  if (hosts > 1 || (hosts === 0 && httpVersion !== '1.0')) {
    throw invalidRequest(
      null,
      null,
      `Your request must have one Host header, but it has ${hosts === 0 ? 'none' : 'several'}.`,
    );
  }
  if (!HOST.test(headers.host ?? '')) {
    throw invalidRequest(
      null,
      null,
      "The Host header of your request must be a host name or an address, optionally with a port, as in 'localhost:8045'.",
    );
  }
}
