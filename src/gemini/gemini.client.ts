import type { Readable } from 'node:stream';
import { HttpService } from '@nestjs/axios';
import { Inject, Injectable } from '@nestjs/common';
import { AxiosError, type AxiosResponse } from 'axios';
import { firstValueFrom } from 'rxjs';
import { BlobJsonError } from '../json/blob-json.error';
import { BlobJsonReader } from '../json/blob-json-reader';
import { serialiseBlobJson } from '../json/blob-json-writer';
import { generateContentUrl, type DeveloperApiAccess } from './developer-api';
import { classifySocketCode, classifyStatus, type GeminiFailure } from './gemini-failure';
import type { GenerateContentRequest } from './gemini.types';

/**
 * The largest answer taken, in bytes. One 4K image is up to 25 MB of base64, and an answer with
 * thoughts holds several.
 */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/** The largest error body read, in bytes; Google's are a few kilobytes. */
const MAX_ERROR_BYTES = 1024 * 1024;

export type GeminiResult =
  | { readonly ok: true; readonly answer: unknown }
  | { readonly ok: false; readonly failure: GeminiFailure };

export interface GeminiCall {
  readonly access: DeveloperApiAccess;
  readonly model: string;
  readonly body: GenerateContentRequest;
  /** How long this call may take, in milliseconds, from the first byte sent to the last received. */
  readonly timeoutMs: number;
  /** Aborts the call: the client has gone, or the request's deadline has passed. */
  readonly signal: AbortSignal;
}

/**
 * Calls Gemini over HTTP: the only place that knows how. Every failure comes back as a classified
 * value; the one thing thrown is the reason of an aborted `signal`.
 */
@Injectable()
export class GeminiClient {
  constructor(@Inject(HttpService) private readonly http: HttpService) {}

  async generateContent(call: GeminiCall): Promise<GeminiResult> {
    const timeout = new AbortController();
    const timer = setTimeout(() => {
      timeout.abort();
    }, call.timeoutMs);
    const onAbort = (): void => {
      timeout.abort();
    };
    call.signal.addEventListener('abort', onAbort, { once: true });
    try {
      call.signal.throwIfAborted();
      return await this.exchange(call, timeout.signal);
    } catch (error) {
      call.signal.throwIfAborted();
      if (timeout.signal.aborted) {
        return failed({ kind: 'timeout', reason: `no answer within ${call.timeoutMs} ms` });
      }
      return failed(failureOf(error));
    } finally {
      clearTimeout(timer);
      call.signal.removeEventListener('abort', onAbort);
    }
  }

  private async exchange(call: GeminiCall, signal: AbortSignal): Promise<GeminiResult> {
    const body = serialiseBlobJson(call.body);
    const response = await firstValueFrom(
      this.http.post<Readable>(
        generateContentUrl(call.access, call.model),
        Buffer.concat(body.chunks, body.byteLength),
        {
          headers: {
            'content-type': 'application/json',
            // In a header and not in the URL, which proxies write to their logs.
            'x-goog-api-key': call.access.apiKey,
            // Compressing base64 of a JPEG saves nothing and costs both sides CPU.
            'accept-encoding': 'identity',
          },
          responseType: 'stream',
          validateStatus: () => true,
          signal,
        },
      ),
    );
    return response.status === 200 ? readAnswer(response, signal) : readError(response, signal);
  }
}

async function readAnswer(
  response: AxiosResponse<Readable>,
  signal: AbortSignal,
): Promise<GeminiResult> {
  const reader = new BlobJsonReader({ maxBytes: MAX_ANSWER_BYTES });
  for await (const chunk of chunksOf(response.data, signal)) {
    reader.push(chunk);
  }
  return { ok: true, answer: reader.end() };
}

async function readError(
  response: AxiosResponse<Readable>,
  signal: AbortSignal,
): Promise<GeminiResult> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunksOf(response.data, signal)) {
    length += chunk.length;
    if (length > MAX_ERROR_BYTES) {
      break;
    }
    chunks.push(chunk);
  }
  return failed(classifyStatus(response.status, parsed(Buffer.concat(chunks).toString('utf8'))));
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

function failed(failure: GeminiFailure): GeminiResult {
  return { ok: false, failure };
}

function failureOf(error: unknown): GeminiFailure {
  if (error instanceof BlobJsonError) {
    return error.reason === 'too_large' || error.reason === 'skeleton_too_large'
      ? { kind: 'answer_too_large', reason: error.reason }
      : { kind: 'passing', reason: `the answer was ${error.reason}` };
  }
  const cause = error instanceof BrokenAnswerError ? error.cause : error;
  if (cause instanceof AxiosError || error instanceof BrokenAnswerError) {
    return classifySocketCode(codeOf(cause));
  }
  throw error;
}

/** The code of a socket's error, which axios sometimes wraps. */
function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

/** The connection broke within an answer; as an error of its own, so that no fault of ours hides in it. */
class BrokenAnswerError extends Error {}
