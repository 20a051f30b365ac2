import type { IncomingMessage, ServerResponse } from 'node:http';

import type { ModelCall } from './call-url';
import type { GoogleError } from './google-error';
import { sendError } from './reply';
import type { OpenRecord } from './request-log';

/** One model call in progress. */
export interface OpenCall {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly call: ModelCall;
  readonly record: OpenRecord;
}

/** Responds with an error and records it. */
export async function refuse(open: OpenCall, error: GoogleError): Promise<void> {
  open.record.finished(error.code);
  await sendError(open.response, open.call.options, error);
}

/** Stalls until the client disconnects or the call is ended, then closes the connection. */
export async function silence(
  response: ServerResponse,
  ends: readonly AbortSignal[],
): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = (): void => {
      resolve();
    };
    for (const signal of ends) {
      signal.addEventListener('abort', end, { once: true });
    }
    if (ends.some(({ aborted }) => aborted)) {
      end();
    }
  });
  response.destroy();
}
