/** What goes wrong on a connection, with a code like those of sockets; never a word of what was sent on it. */
export class WireError extends Error {
  constructor(
    readonly code: 'ECONNRESET' | 'EPROTO' | 'CONNECT_TIMEOUT' | `PROXY_${string}`,
    message: string,
  ) {
    super(message);
  }
}
