import { ClientRequest } from 'node:http';
import { Readable } from 'node:stream';
import { HttpService } from '@nestjs/axios';
import { Inject, Injectable } from '@nestjs/common';
import { AxiosError, type AxiosResponse } from 'axios';
import { firstValueFrom } from 'rxjs';
import { serialiseBlobJson, type SerialisedJson } from '../json/blob-json-writer';
import { AccessTokenService } from './access-token.service';
import { developerApiUrl, type DeveloperApiAccess } from './developer-api';
import {
  codeOf,
  failed,
  readAnswerStream,
  readDocument,
  readEvents,
  type BodyReader,
  type StreamListener,
  type FailedCall,
  type GeminiResult,
  type GeminiStreamResult,
} from './answer-stream';
import { classifySocketCode } from './gemini-failure';
import type { GeminiMethod, GenerateContentRequest } from './gemini.types';
import type { AccessToken } from './token-endpoint';
import { TokenError } from './token-failure';
import { vertexUrl, withImageOutput, type ImageOutput, type VertexAccess } from './vertex';

export interface GeminiCall {
  readonly access: DeveloperApiAccess | VertexAccess;
  readonly model: string;
  readonly body: GenerateContentRequest;
  /** How the image is wanted; only Vertex AI can be told. */
  readonly imageOutput?: ImageOutput | undefined;
  /** How long this call may take, in milliseconds, from the first byte sent to the last received. */
  readonly timeoutMs: number;
  /** Aborts the call: the client has gone, or the request's deadline has passed. */
  readonly signal: AbortSignal;
}

/** Which method is called, and how its answer is read. */
interface Conversation<T> {
  readonly method: GeminiMethod;
  readonly readBody: BodyReader<T>;
}

/** One HTTP request to Google. */
interface Exchange {
  readonly url: string;
  /** The credential is in a header and not in the URL, which proxies write to their logs. */
  readonly credential: Readonly<Record<string, string>>;
  readonly body: GenerateContentRequest;
}

/**
 * Calls Gemini over HTTP, at the Developer API or at Vertex AI: the only place that knows how.
 * Every failure comes back as a classified value; the one thing thrown is the reason of an aborted
 * `signal`.
 */
@Injectable()
export class GeminiClient {
  constructor(
    @Inject(HttpService) private readonly http: HttpService,
    private readonly tokens: AccessTokenService,
  ) {}

  /** The answer as a whole. */
  generateContent(call: GeminiCall): Promise<GeminiResult> {
    return this.call(call, { method: 'generateContent', readBody: readDocument });
  }

  /**
   * The answer event by event, each told as soon as it is there. Once the listener has heard the last
   * word the call has succeeded, even where the signal is aborted before the stream ends.
   */
  streamGenerateContent(call: GeminiCall, onEvent: StreamListener): Promise<GeminiStreamResult> {
    return this.call<GeminiStreamResult>(call, {
      method: 'streamGenerateContent?alt=sse',
      readBody: (chunks, hangUp) => readEvents(chunks, hangUp, onEvent),
    });
  }

  private async call<T>(call: GeminiCall, conversation: Conversation<T>): Promise<T | FailedCall> {
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
      return await this.callWith(call, conversation, timeout.signal);
    } catch (error) {
      call.signal.throwIfAborted();
      if (timeout.signal.aborted) {
        return failed({ kind: 'timeout', reason: `no answer within ${call.timeoutMs} ms` });
      }
      if (error instanceof TokenError) {
        return failed(error.failure);
      }
      if (error instanceof AxiosError) {
        return failed(classifySocketCode(codeOf(error)));
      }
      throw error;
    } finally {
      clearTimeout(timer);
      call.signal.removeEventListener('abort', onAbort);
    }
  }

  private async callWith<T>(
    call: GeminiCall,
    conversation: Conversation<T>,
    signal: AbortSignal,
  ): Promise<T | FailedCall> {
    const { access } = call;
    if ('credentials' in access) {
      return this.callVertex(call, access, conversation, signal);
    }
    const { result } = await this.exchange(
      {
        url: developerApiUrl(access, call.model, conversation.method),
        credential: { 'x-goog-api-key': access.apiKey },
        body: call.body,
      },
      conversation,
      signal,
    );
    return result;
  }

  /** A refused token may have been revoked before its time: with a new one the call is made again, once. */
  private async callVertex<T>(
    call: GeminiCall,
    access: VertexAccess,
    conversation: Conversation<T>,
    signal: AbortSignal,
  ): Promise<T | FailedCall> {
    const exchangeWith = (token: AccessToken) =>
      this.exchange(
        {
          url: vertexUrl(access, call.model, conversation.method),
          credential: bearer(token),
          body: withImageOutput(call.body, call.imageOutput),
        },
        conversation,
        signal,
      );
    const token = await this.tokens.current(access.credentials, signal);
    const first = await exchangeWith(token);
    if (first.status !== 401) {
      return first.result;
    }
    const renewed = await this.tokens.insteadOf(token, access.credentials, signal);
    return (await exchangeWith(renewed)).result;
  }

  private async exchange<T>(
    { url, credential, body }: Exchange,
    { readBody }: Conversation<T>,
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly result: T | FailedCall }> {
    const document = serialiseBlobJson(body);
    const post = (): Promise<AxiosResponse<Readable>> =>
      firstValueFrom(
        this.http.post<Readable>(url, uploadOf(document), {
          headers: {
            'content-type': 'application/json',
            'content-length': String(document.byteLength),
            // Compressing base64 of a JPEG saves nothing and costs both sides CPU.
            'accept-encoding': 'identity',
            ...credential,
          },
          responseType: 'stream',
          validateStatus: () => true,
          signal,
        }),
      );
    const startedAt = Date.now();
    const { status, data } = await post().catch((error: unknown) => {
      if (isStaleConnection(error, Date.now() - startedAt)) {
        return post();
      }
      throw error;
    });
    return { status, result: await readAnswerStream(status, data, signal, readBody) };
  }
}

/**
 * The images of a document are many slices, which all n calls of a request share: they are written one
 * after the other and never joined, or each call would have a copy of its own. Each attempt needs a
 * stream of its own.
 */
function uploadOf({ chunks }: SerialisedJson): Buffer | Readable {
  const [only, ...others] = chunks;
  return only !== undefined && others.length === 0
    ? only
    : Readable.from(chunks, { objectMode: false });
}

/** A reset that is so quick is no answer to a request for an image. */
const STALE_WITHIN_MS = 1000;

/**
 * Whether a kept-alive connection was closed at the other end just when it was used again: the
 * request was never read, so it is sent once more, on a connection of its own.
 */
function isStaleConnection(error: unknown, elapsedMs: number): boolean {
  const request: unknown = error instanceof AxiosError ? error.request : undefined;
  return (
    elapsedMs < STALE_WITHIN_MS &&
    ['ECONNRESET', 'EPIPE'].includes(codeOf(error) ?? '') &&
    request instanceof ClientRequest &&
    request.reusedSocket
  );
}

function bearer({ value, quotaProject }: AccessToken): Record<string, string> {
  return {
    authorization: `Bearer ${value}`,
    ...(quotaProject === undefined ? {} : { 'x-goog-user-project': quotaProject }),
  };
}
