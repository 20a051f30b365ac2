import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

import { countTokens } from './count-tokens';
import type { TokenCount } from './count-tokens';
import type { DecisiveFault } from './fault';
import type { FaultList } from './fault-list';
import { sendGeneration } from './generation-reply';
import { googleError, missingKey, quotaExhausted, wrongKey } from './google-error';
import type { GoogleError } from './google-error';
import { jsonBytes } from './json-bytes';
import { refuse, silence } from './open-call';
import type { OpenCall } from './open-call';
import { sendDocument } from './reply';
import { readBody } from './request-body';
import { checkRequest } from './request-check';
import type { Renderer } from './renderer';

/** What a model call needs from the emulator. */
export interface EmulatorContext {
  /** Additional milliseconds per call; partial images are sent within it. */
  readonly latencyMs: number;
  /** The only valid keys; undefined: any that does not begin with `invalid`. */
  readonly keys: readonly string[] | undefined;
  readonly faults: FaultList;
  readonly renderer: Renderer;
  /** Aborted when stalled calls are to be ended. */
  readonly released: AbortSignal;
}

/** Serves one model call from its key to its last byte. */
export async function serveModelCall(open: OpenCall, around: EmulatorContext): Promise<void> {
  const { incoming, response, call, record } = open;
  const signal = goneSignal(response);
  // The body is read in any case: a client that is still writing would not see an early response.
  const body = await readBody(incoming);
  if (body.ok) {
    record.received(body.text);
  }
  const barred = keyFault(call.key, incoming, around.keys) ?? call.fault;
  if (barred !== undefined) {
    return refuse(open, barred);
  }
  if (!body.ok) {
    return refuse(open, body.error);
  }
  if (call.target.method === 'countTokens') {
    return sendTokenCount(open, countTokens(call.target, body.value));
  }
  const checked = checkRequest(call.target, body.value);
  if (!checked.ok) {
    return refuse(open, checked.error);
  }
  // Faults apply only to calls that would have succeeded: they must not hide a request that Google
  // rejects.
  const { fault, latencyMs } = around.faults.take({
    key: call.key ?? '',
    model: call.target.model,
  });
  const error = errorOf(fault, call.target.model);
  if (error !== undefined) {
    await delay(latencyMs, undefined, { signal });
    return refuse(open, error);
  }
  if (fault?.kind === 'silence') {
    return silence(response, [signal, around.released]);
  }
  await sendGeneration(
    open,
    {
      request: checked.request,
      fault,
      latencyMs: around.latencyMs + latencyMs,
      signal,
      released: around.released,
    },
    around.renderer,
  );
}

/** Free of charge: faults apply only to calls that make images. */
async function sendTokenCount(open: OpenCall, count: TokenCount): Promise<void> {
  if (!count.ok) {
    return refuse(open, count.error);
  }
  const { options } = open.call;
  open.record.finished(200);
  await sendDocument(open.response, options, jsonBytes(count.value, { pretty: options.pretty }));
}

/** Google's error for an invalid key; undefined for a valid one. */
export function keyFault(
  key: string | null,
  incoming: IncomingMessage,
  keys: readonly string[] | undefined,
): GoogleError | undefined {
  if (key === null) {
    return incoming.headers.authorization === undefined ? missingKey() : googleError(401);
  }
  const valid = keys === undefined ? !key.startsWith('invalid') : keys.includes(key);
  return valid ? undefined : wrongKey();
}

function errorOf(fault: DecisiveFault | undefined, model: string): GoogleError | undefined {
  if (fault?.kind === 'status') {
    return googleError(fault.status, fault.message, fault.details, fault.googleStatus);
  }
  if (fault?.kind !== 'rate_limit') {
    return undefined;
  }
  return fault.bare === true
    ? googleError(429)
    : quotaExhausted({
        model,
        retryDelay: fault.retryDelay ?? '7s',
        daily: fault.daily ?? false,
        limitZero: fault.limitZero ?? false,
      });
}

/** Aborted when the connection closes before the response is sent. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) {
      gone.abort();
    }
  });
  return gone.signal;
}
