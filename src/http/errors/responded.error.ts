/** Thrown by a guard that has sent the response itself: nothing is left for the handler to do. */
export class RespondedError extends Error {
  override readonly name = 'RespondedError';

  constructor() {
    super('the response is sent already');
  }
}
