/**
 * The client disconnected before its response was complete, so nothing is waiting for it. It is the
 * reason of the request's signals, and any code that works on the request may throw it.
 */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';

  constructor() {
    super('the client disconnected');
  }
}
