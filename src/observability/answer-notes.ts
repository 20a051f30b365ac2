import type { IncomingMessage, ServerResponse } from 'node:http';

/** What is known of an answer once it is over, for the log and the metrics. */
export interface AnswerNotes {
  /** What was asked for and what was made, as the answer to a request for images tells it. */
  readonly images?: unknown;
  /** The kind of fault that was answered. */
  readonly fault?: unknown;
  /** The status that a stream would have had, which failed after its 200 had been sent. */
  readonly failedWith?: unknown;
}

const sent = new WeakSet<ServerResponse>();

/**
 * Node tells 'finish' and turns `writableFinished` also when the socket died with half of the answer
 * unsent; only the socket itself knows. Before Node's own listener, which lets go of it.
 */
export function noteWhenSent({ socket }: IncomingMessage, response: ServerResponse): void {
  response.prependOnceListener('finish', () => {
    if (!socket.destroyed && socket.errored === null) {
      sent.add(response);
    }
  });
}

/** Whether the answer has left to its last byte; else the client has gone. */
export function isSent(response: ServerResponse): boolean {
  return sent.has(response);
}

/** What the controller, the error filter and a stream that failed midway have noted on the answer. */
export function notesOn(response: ServerResponse): AnswerNotes {
  return 'locals' in response ? (response.locals as AnswerNotes) : {};
}
