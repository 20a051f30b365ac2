import type { IncomingMessage } from 'node:http';
import { GatewayError, invalidRequest } from '../../errors/gateway-error';

/** The parts of a message that decide whether it can be understood. */
export type FramedMessage = Pick<IncomingMessage, 'httpVersion' | 'headers' | 'rawHeaders'>;

/**
 * Rejects messages that Node accepts or rejects without a body: with no `Host` or several (RFC
 * 9112, 3.2), or with a Transfer-Encoding besides chunked (6.1), which Node would deliver
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
}
