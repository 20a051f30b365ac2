import type { IncomingMessage } from 'node:http';
import { GatewayError, invalidRequest } from '../../errors/gateway-error';

/** A host, which may be empty, and a port (RFC 9112, 3.2; RFC 3986, 3.2.2): an address of IPv6 in brackets, or a name. */
const HOST = /^(?:\[[\da-f:.]+\]|(?:[\w.~!$&'()*+;=-]|%[\da-f]{2})*)(?::\d*)?$/i;

/** What of a message decides whether it can be understood. */
export type FramedMessage = Pick<IncomingMessage, 'httpVersion' | 'headers' | 'rawHeaders'>;

/**
 * Refuses what Node lets pass or rejects without a body: no `Host`, several, or one that is none (RFC 9112, 3.2), and a
 * Transfer-Encoding besides chunked (6.1), which Node would hand on undecoded.
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
      "The Host header of your request must be a host name or an address, with a port or without, as in 'localhost:8045'.",
    );
  }
}
