/** A connection failure, with a code like those of sockets. It never quotes what was sent. */
export class WireError extends Error {
  constructor(
    readonly code: 'ECONNRESET' | 'EPROTO' | 'CONNECT_TIMEOUT' | `PROXY_${string}`,
    message: string,
  ) {
    super(message);
  }
}
