/**
 * The client has left before its response was complete: nobody is left to answer. It is the reason of
 * a request's signals, and whatever works on the request may throw it.
 */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';

  constructor() {
    super('the client has gone');
  }
}
