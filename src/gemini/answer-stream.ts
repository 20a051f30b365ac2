import type { Readable } from 'node:stream';
import { BlobJsonError } from '../json/blob-json.error';
import { BlobJsonReader } from '../json/blob-json-reader';
import { failureInEvent } from './event-failure';
import { classifySocketCode, classifyStatus, type GeminiFailure } from './gemini-failure';
import { SseJsonReader } from './sse-json-reader';

export interface FailedCall {
  readonly ok: false;
  readonly failure: GeminiFailure;
}

/** A whole answer. */
export type GeminiResult = { readonly ok: true; readonly answer: unknown } | FailedCall;

/** A stream that came to its end; what it said was told event by event. */
export type GeminiStreamResult = { readonly ok: true } | FailedCall;

/** Reads the body of an answer whose status is 200. */
export type BodyReader<T> = (chunks: AsyncIterable<Buffer>) => Promise<T>;

/**
 * The largest answer taken, in bytes. One 4K image is up to 25 MB of base64, and an answer with
 * thoughts holds several.
 */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/** The largest error body read, in bytes; Google's are a few kilobytes. */
const MAX_ERROR_BYTES = 1024 * 1024;

/**
 * Reads an answer to its end, whatever its status: what it says, or what its failure means.
 *
 * @throws BrokenAnswerError when it broke off because the signal was aborted
 */
export async function readAnswerStream<T>(
  status: number,
  stream: Readable,
  signal: AbortSignal,
  readBody: BodyReader<T>,
): Promise<T | FailedCall> {
  try {
    const chunks = chunksOf(stream, signal);
    return status === 200 ? await readBody(chunks) : await readError(status, chunks);
  } catch (error) {
    if (error instanceof BlobJsonError) {
      return failed(failureOfJson(error));
    }
    if (error instanceof BrokenAnswerError && !signal.aborted) {
      return failed(classifySocketCode(codeOf(error.cause)));
    }
    throw error;
  }
}

export function failed(failure: GeminiFailure): FailedCall {
  return { ok: false, failure };
}

/** The code of a socket's error, which axios sometimes wraps. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

/** Reads one JSON document. */
export async function readDocument(chunks: AsyncIterable<Buffer>): Promise<GeminiResult> {
  const reader = new BlobJsonReader({ maxBytes: MAX_ANSWER_BYTES });
  for await (const chunk of chunks) {
    reader.push(chunk);
  }
  return { ok: true, answer: reader.end() };
}

/** Reads an event stream and tells of each event as soon as it is there, up to the first error. */
export async function readEvents(
  chunks: AsyncIterable<Buffer>,
  onEvent: (event: unknown) => void,
): Promise<GeminiStreamResult> {
  for await (const event of eventsOf(chunks)) {
    const failure = failureInEvent(event);
    if (failure !== undefined) {
      return failed(failure);
    }
    onEvent(event);
  }
  return { ok: true };
}

async function* eventsOf(chunks: AsyncIterable<Buffer>): AsyncGenerator {
  const reader = new SseJsonReader(MAX_ANSWER_BYTES);
  for await (const chunk of chunks) {
    yield* reader.push(chunk);
  }
  yield* reader.end();
}

async function readError(status: number, body: AsyncIterable<Buffer>): Promise<FailedCall> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_ERROR_BYTES) {
      break;
    }
    chunks.push(chunk);
  }
  return failed(classifyStatus(status, parsed(Buffer.concat(chunks).toString('utf8'))));
}

/** The stream's chunks; an abort destroys it, because axios stops watching once headers are in. */
async function* chunksOf(stream: Readable, signal: AbortSignal): AsyncGenerator<Buffer> {
  const onAbort = (): void => {
    stream.destroy(new Error('aborted'));
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    for await (const chunk of stream) {
      yield chunk as Buffer;
    }
  } catch (cause) {
    throw new BrokenAnswerError('the answer broke off', { cause });
  } finally {
    signal.removeEventListener('abort', onAbort);
    stream.destroy();
  }
}

/** Error bodies are parsed whatever their content type says: Google's SSE endpoint mislabels them. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function failureOfJson({ reason }: BlobJsonError): GeminiFailure {
  return reason === 'too_large' || reason === 'skeleton_too_large'
    ? { kind: 'answer_too_large', reason }
    : { kind: 'passing', reason: `the answer was ${reason}` };
}

/** The connection broke within an answer; as an error of its own, so that no fault of ours hides in it. */
class BrokenAnswerError extends Error {}
