import type { Request } from 'express';
import { keyDigest } from '../context/consumer-registry';
import type { RequestContext } from '../context/request-context';

/** Who asked for what by which program, as far as it can be told without the body. */
export interface ClientIdentity {
  /** Whose a response is: the digest of the key that was presented; without keys the address. Never given to another. */
  readonly owner: string;
  /** The route that was reached, whatever alias of its path was called. */
  readonly route: string;
  readonly address: string;
  readonly userAgent: string;
}

/** Read while the request is there: a closed socket no longer has its address. */
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

/** Whether two requests are of one program of one client, for the same route. */
export function isSameClient(a: ClientIdentity, b: ClientIdentity): boolean {
  return (
    a.owner === b.owner &&
    a.route === b.route &&
    a.address === b.address &&
    a.userAgent === b.userAgent
  );
}
