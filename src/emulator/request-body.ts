import type { IncomingMessage } from 'node:http';

import { invalidArgument, invalidPayload, unboundParameter } from './google-error';
import type { GoogleError } from './google-error';
import { parseLongJson } from './long-text';

/** The limit for inline data was 20 MB; since January 2026 a request may have 100 MB. */
const LIMIT = 100 * 1024 * 1024;

export type ReadBody =
  | { readonly ok: true; readonly value: unknown; readonly text: Buffer }
  | { readonly ok: false; readonly error: GoogleError };

/**
 * Reads a request body and parses it as JSON, with long strings as `LongText`; returns Google's own
 * error if it is too large or not JSON.
 */
export async function readBody(request: IncomingMessage): Promise<ReadBody> {
  // Copied as it arrives, instead of copying a hundred megabytes at the end.
  let text: Buffer = Buffer.allocUnsafe(Math.min(LIMIT, announced(request)));
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    // Excess bytes are still read: a client that is writing does not read.
    if (bytes + chunk.length <= LIMIT) {
      text = bytes + chunk.length <= text.length ? text : larger(text, bytes + chunk.length);
      chunk.copy(text, bytes);
    }
    bytes += chunk.length;
  }
  if (bytes > LIMIT) {
    return {
      ok: false,
      error: invalidArgument(`Request payload size exceeds the limit: ${LIMIT} bytes.`),
    };
  }
  text = text.subarray(0, bytes);
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('application/x-www-form-urlencoded')) {
    const name = text.toString('utf8', 0, 200);
    return { ok: false, error: invalidPayload([unboundParameter(name)]) };
  }
  const parsed = await parseLongJson(text);
  return parsed.ok
    ? { ok: true, value: parsed.value, text }
    : {
        ok: false,
        error: invalidPayload([{ description: malformed(parsed.skeleton, parsed.error) }]),
      };
}

const INITIAL_BYTES = 64 * 1024;

function announced(request: IncomingMessage): number {
  const length = Number(request.headers['content-length'] ?? INITIAL_BYTES);
  return Number.isSafeInteger(length) && length >= 0 ? length : INITIAL_BYTES;
}

function larger(text: Buffer, needed: number): Buffer {
  const copy = Buffer.allocUnsafe(Math.max(needed, 2 * text.length));
  text.copy(copy);
  return copy;
}

/**
 * Google shows an excerpt of the text, with a caret under the position of the fault. Node does not
 * always report the position; the excerpt is then omitted.
 */
function malformed(text: string, error: unknown): string {
  const reason = String(error);
  const ended = reason.includes('end of JSON input');
  const position = /position (\d+)/u.exec(reason)?.[1] ?? (ended ? text.length : undefined);
  const problem = `Invalid JSON payload received. Unexpected ${ended ? 'end of string' : 'token'}.`;
  if (position === undefined) {
    return problem;
  }
  const at = Number(position);
  const from = Math.max(0, at - 20);
  const shown = text.slice(from, at + 20).replaceAll('\n', ' ');
  return `${problem}\n${shown}\n${' '.repeat(at - from)}^`;
}
