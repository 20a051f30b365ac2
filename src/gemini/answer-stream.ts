import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
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

/** A stream that came to its last word; what it said was told event by event. */
export type GeminiStreamResult = { readonly ok: true } | FailedCall;

/** Reads the body of an answer whose status is 200; after `hangUp` the chunks break off. */
export type BodyReader<T> = (chunks: AsyncIterable<Buffer>, hangUp: () => void) => Promise<T>;

/** Takes one event of a stream, and tells whether the last word has been said. */
export type StreamListener = (event: unknown) => boolean;

/**
 * The largest answer taken, in bytes. One 4K image is up to 25 MB of base64, and an answer with
 * thoughts holds several.
 */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/** The largest error body read, in bytes; Google's are a few kilobytes. */
const MAX_ERROR_BYTES = 1024 * 1024;

/** How long after the last word a stream may stay open, in milliseconds: the counts may follow it. */
const AFTER_LAST_WORD_MS = 1000;

/**
 * How much of a stream is read before others have their turn, in bytes. A fast socket gives up to
 * 2 MiB at once, and each of several; not read on, a stream fills to its mark and the socket waits.
 */
const BYTES_PER_TURN = 512 * 1024;

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
    const hangUp = (): void => {
      stream.destroy();
    };
    return status === 200 ? await readBody(chunks, hangUp) : await readError(status, chunks);
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

/** Reads one JSON document, which may be an error for all that its status was 200. */
export async function readDocument(chunks: AsyncIterable<Buffer>): Promise<GeminiResult> {
  const reader = new BlobJsonReader({ maxBytes: MAX_ANSWER_BYTES });
  for await (const chunk of chunks) {
    reader.push(chunk);
  }
  const answer = reader.end();
  const failure = failureInEvent(answer);
  return failure === undefined ? { ok: true, answer } : failed(failure);
}

/**
 * Reads an event stream and tells of each event as soon as it is there, up to the first error.
 * What breaks after the last word, an abort included, takes nothing from what was said: it is made
 * and paid for.
 */
export async function readEvents(
  chunks: AsyncIterable<Buffer>,
  hangUp: () => void,
  onEvent: StreamListener,
): Promise<GeminiStreamResult> {
  let closing: NodeJS.Timeout | undefined;
  try {
    for await (const event of eventsOf(chunks)) {
      const failure = failureInEvent(event);
      if (failure !== undefined) {
        return closing === undefined ? failed(failure) : { ok: true };
      }
      if (onEvent(event)) {
        closing ??= setTimeout(hangUp, AFTER_LAST_WORD_MS);
      }
    }
  } catch (error) {
    const isUpstreams = error instanceof BlobJsonError || error instanceof BrokenAnswerError;
    if (closing === undefined || !isUpstreams) {
      throw error;
    }
  } finally {
    clearTimeout(closing);
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
    let inTurn = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      yield chunk;
      inTurn += chunk.length;
      if (inTurn >= BYTES_PER_TURN) {
        inTurn = 0;
        await nextTurn();
      }
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
