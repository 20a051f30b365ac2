import type { IncomingMessage } from 'node:http';
import { GatewayError, invalidRequest } from '../../errors/gateway-error';

/** What of a message decides whether it can be understood. */
export type FramedMessage = Pick<IncomingMessage, 'httpVersion' | 'headers' | 'rawHeaders'>;

/**
 * Refuses what Node lets pass or rejects without a body: no `Host` or several (RFC 9112, 3.2), and a
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
}
