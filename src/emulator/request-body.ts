import type { IncomingMessage } from 'node:http';

import { invalidArgument, invalidPayload, unboundParameter } from './google-error';
import type { GoogleError } from './google-error';

/** Inline data was allowed 20 MB once; since January 2026 a request may have 100. */
const LIMIT = 100 * 1024 * 1024;

export type ReadBody =
  | { readonly ok: true; readonly value: unknown; readonly bytes: number }
  | { readonly ok: false; readonly error: GoogleError };

/** Reads a request body and parses it as JSON; Google's own error when it is too large or no JSON. */
export async function readBody(request: IncomingMessage): Promise<ReadBody> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // What comes too much is still taken off the wire: a client that writes does not read.
    if (bytes <= LIMIT) {
      chunks.push(chunk);
    }
  }
  if (bytes > LIMIT) {
    return {
      ok: false,
      error: invalidArgument(`Request payload size exceeds the limit: ${LIMIT} bytes.`),
    };
  }
  const text = Buffer.concat(chunks).toString('utf8');
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('application/x-www-form-urlencoded')) {
    return { ok: false, error: invalidPayload([unboundParameter(text.slice(0, 200))]) };
  }
  return parse(text, bytes);
}

function parse(text: string, bytes: number): ReadBody {
  if (text.trim() === '') {
    return { ok: true, value: {}, bytes };
  }
  try {
    return { ok: true, value: JSON.parse(text) as unknown, bytes };
  } catch (error) {
    return { ok: false, error: invalidPayload([{ description: malformed(text, error) }]) };
  }
}

/**
 * Google shows the spot: a stretch of the text, and a caret under the place where it gave up. Node
 * does not always tell the place; then the stretch is left out.
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
