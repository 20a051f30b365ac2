/** Thrown by a guard that has sent the response itself, so the handler must not run. */
export class RespondedError extends Error {
  override readonly name = 'RespondedError';

  constructor() {
    super('the response was already sent');
  }
}
