import type { Readable } from 'node:stream';
import { BlobJsonError } from '../json/blob-json.error';
import { BlobJsonReader } from '../json/blob-json-reader';
import { classifySocketCode, classifyStatus, type GeminiFailure } from './gemini-failure';

export type GeminiResult =
  | { readonly ok: true; readonly answer: unknown }
  | { readonly ok: false; readonly failure: GeminiFailure };

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
export async function readAnswerStream(
  status: number,
  stream: Readable,
  signal: AbortSignal,
): Promise<GeminiResult> {
  try {
    const chunks = chunksOf(stream, signal);
    return status === 200 ? await readImages(chunks) : await readError(status, chunks);
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

export function failed(failure: GeminiFailure): GeminiResult {
  return { ok: false, failure };
}

/** The code of a socket's error, which axios sometimes wraps. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

async function readImages(chunks: AsyncIterable<Buffer>): Promise<GeminiResult> {
  const reader = new BlobJsonReader({ maxBytes: MAX_ANSWER_BYTES });
  for await (const chunk of chunks) {
    reader.push(chunk);
  }
  return { ok: true, answer: reader.end() };
}

async function readError(status: number, body: AsyncIterable<Buffer>): Promise<GeminiResult> {
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
