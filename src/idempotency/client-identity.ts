import type { Request } from 'express';
import { keyDigest } from '../context/consumer-registry';
import type { RequestContext } from '../context/request-context';

/** The client, program and route of a request, as far as they are known without the body. */
export interface ClientIdentity {
  /**
   * The owner of a response: the digest of the presented key, or the address if there are no keys.
   * Responses are never given to another owner.
   */
  readonly owner: string;
  /** The route that was matched, whatever alias of its path was called. */
  readonly route: string;
  readonly address: string;
  readonly userAgent: string;
}

/** Must be read while the request is open: a closed socket no longer has its address. */
export function clientIdentity(
  { presentedKey, clientAddress = '' }: Pick<RequestContext, 'presentedKey' | 'clientAddress'>,
  request: Pick<Request, 'headers' | 'method'> & { readonly route?: unknown },
): ClientIdentity {
  const { path } = (request.route ?? {}) as { readonly path?: string };
  return {
    owner: ownerOf({ presentedKey, clientAddress }),
    route: `${request.method} ${path ?? ''}`,
    address: clientAddress,
    userAgent: request.headers['user-agent'] ?? '',
  };
}

export function ownerOf({
  presentedKey,
  clientAddress = '',
}: Pick<RequestContext, 'presentedKey' | 'clientAddress'>): string {
  return presentedKey === undefined
    ? `address:${clientAddress}`
    : `key:${keyDigest(Buffer.from(presentedKey, 'latin1')).toString('hex')}`;
}

/** Whether two requests are from the same program of the same client, for the same route. */
export function isSameClient(a: ClientIdentity, b: ClientIdentity): boolean {
  return (
    a.owner === b.owner &&
    a.route === b.route &&
    a.address === b.address &&
    a.userAgent === b.userAgent
  );
}
