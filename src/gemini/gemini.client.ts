import { HttpService } from '@nestjs/axios';
import { Inject, Injectable } from '@nestjs/common';
import { AxiosError } from 'axios';
import type { Slabs } from '../memory/slabs';
import { serialiseBlobJson, type SerialisedJson } from '../json/blob-json-writer';
import { AccessTokenService } from './access-token.service';
import { developerApiUrl, oneModelUrl, type DeveloperApiAccess } from './developer-api';
import type { CredentialTrial, GeminiCall, PassedCall, UpstreamCall } from './gemini-call';
import { readResponseBody, type ReaderFactory } from './response-body';
import { DocumentReader } from './document-reader';
import { ErrorReader } from './error-reader';
import { parseRetryAfter } from './retry-hint';
import { EventReader, type StreamListener } from './event-reader';
import {
  failed,
  type FailedCall,
  type GeminiResult,
  type GeminiStreamResult,
} from './gemini-result';
import { classifySocketCode, codeOf, type GeminiFailure } from './gemini-failure';
import type { GeminiMethod } from './gemini.types';
import type { AccessToken } from './token-endpoint';
import { TokenError } from './token-failure';
import type { IncomingBody } from '../wire/incoming-body';
import type { WireRequestHandle } from '../wire/wire.adapter';
import { vertexUrl, withImageOutput, withoutServiceTier, type VertexAccess } from './vertex';

/** The body of the POST. */
interface Payload {
  readonly body: SerialisedJson;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The method to call, the body for either API, and the reader of the response. */
interface CallMode<T> {
  readonly method: GeminiMethod;
  readonly payloadFor: (api: 'developer' | 'vertex') => Payload;
  readonly readerOf: ReaderFactory<T>;
}

/** One HTTP request to Google. */
interface UpstreamRequest {
  readonly url: string;
  /** The credential is in a header rather than in the URL, which proxies write to their logs. */
  readonly credential: Readonly<Record<string, string>>;
  /** Undefined if nothing is posted. */
  readonly payload: Payload | undefined;
}

/**
 * Calls Gemini over HTTP, through the Developer API or Vertex AI; no other code does. Every failure
 * is returned as a classified value; the only thing thrown is the reason of an aborted `signal`.
 */
@Injectable()
export class GeminiClient {
  constructor(
    @Inject(HttpService) private readonly http: HttpService,
    private readonly tokens: AccessTokenService,
  ) {}

  /** The response as a whole. */
  generateContent(call: GeminiCall): Promise<GeminiResult> {
    return within(call, (signal) =>
      this.callWith(
        call,
        {
          method: 'generateContent',
          payloadFor: payloadOf(call),
          readerOf: () => new DocumentReader(),
        },
        signal,
      ),
    );
  }

  /**
   * Reads the response event by event, each passed on as soon as it is there. Once the model has
   * finished, the call counts as a success, even if the signal is aborted before the stream ends.
   */
  streamGenerateContent(call: GeminiCall, onEvent: StreamListener): Promise<GeminiStreamResult> {
    return within(call, (signal) =>
      this.callWith<GeminiStreamResult>(
        call,
        {
          method: 'streamGenerateContent?alt=sse',
          payloadFor: payloadOf(call),
          readerOf: (hangUp) => new EventReader(hangUp, onEvent),
        },
        signal,
      ),
    );
  }

  /**
   * A call whose bytes are passed through unchanged, in both directions as far as the reader wants
   * it.
   */
  pass<T>(call: PassedCall, readerOf: ReaderFactory<T>): Promise<T | FailedCall> {
    const { method, body, headers } = call;
    return within(call, (signal) =>
      this.callWith<T>(call, { method, payloadFor: () => ({ body, headers }), readerOf }, signal),
    );
  }

  /**
   * Checks a credential with a call that costs nothing: the model list or, for Vertex AI, where no
   * such call is known, the access token.
   *
   * @returns why it is not accepted, or why that is unknown; undefined if it is accepted
   */
  async tryCredential(trial: CredentialTrial): Promise<GeminiFailure | undefined> {
    const { access } = trial;
    const result = await within(trial, async (signal) => {
      if ('credentials' in access) {
        await this.tokens.current(access.credentials, signal);
        return { ok: true as const };
      }
      const request = { url: oneModelUrl(access), credential: keyOf(access), payload: undefined };
      const sent = await this.send<GeminiResult>(
        request,
        trial.slabs,
        () => new DocumentReader(),
        signal,
      );
      return sent.result;
    });
    return result.ok ? undefined : result.failure;
  }

  private async callWith<T>(
    call: UpstreamCall,
    mode: CallMode<T>,
    signal: AbortSignal,
  ): Promise<T | FailedCall> {
    const { access } = call;
    if ('credentials' in access) {
      return this.callVertex(call, access, mode, signal);
    }
    const { result } = await this.send(
      {
        url: developerApiUrl(access, call.model, mode.method),
        credential: keyOf(access),
        payload: mode.payloadFor('developer'),
      },
      call.slabs,
      mode.readerOf,
      signal,
    );
    return result;
  }

  /**
   * A token may have been revoked before it expires: it is forgotten, so that the next call
   * requests a new one.
   */
  private async callVertex<T>(
    call: UpstreamCall,
    access: VertexAccess,
    mode: CallMode<T>,
    signal: AbortSignal,
  ): Promise<T | FailedCall> {
    const token = await this.tokens.current(access.credentials, signal);
    // The client may have disconnected while the token was being requested.
    call.newCalls?.throwIfAborted();
    const { status, result } = await this.send(
      {
        url: vertexUrl(access, call.model, mode.method),
        credential: bearer(token),
        payload: mode.payloadFor('vertex'),
      },
      call.slabs,
      mode.readerOf,
      signal,
    );
    if (status !== 401) {
      return result;
    }
    this.tokens.forget(token, access.credentials);
    return call.isTokenRenewed === true
      ? result
      : failed({ kind: 'stale_token', reason: '401 with an access token that had not expired' });
  }

  private async send<T>(
    { url, credential, payload }: UpstreamRequest,
    slabs: Slabs,
    readerOf: ReaderFactory<T>,
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly result: T | FailedCall }> {
    // Bypasses HttpService's observables, which create an error for every call just to be able to
    // cancel it, and `post`, which merges the configuration once more.
    const { status, data, headers } = await this.http.axiosRef.request<IncomingBody>({
      method: payload === undefined ? 'get' : 'post',
      url,
      data: payload?.body.chunks ?? [],
      headers: {
        ...(payload !== undefined && {
          'content-type': 'application/json',
          ...payload.headers,
          'content-length': String(payload.body.byteLength),
        }),
        // Compressing the base64 of a JPEG saves nothing and costs both sides CPU.
        'accept-encoding': 'identity',
        ...credential,
      },
      signal,
    });
    const result = await readResponseBody<T | FailedCall>(
      data,
      slabs,
      signal,
      status === 200
        ? readerOf
        : () => new ErrorReader(status, parseRetryAfter(headers['retry-after'], Date.now())),
    );
    return { status, result };
  }
}

/** Only Vertex AI can be told how to encode the image. */
function payloadOf({ body, imageOutput }: GeminiCall): CallMode<unknown>['payloadFor'] {
  return (api) => {
    if (api === 'developer') {
      return { body: serialiseBlobJson(body) };
    }
    const { body: untiered, headers } = withoutServiceTier(body);
    return { body: serialiseBlobJson(withImageOutput(untiered, imageOutput)), headers };
  };
}

/** The result of the work within its time limit; failures are returned as classified values. */
async function within<T>(
  call: Pick<UpstreamCall, 'timeoutMs' | 'signal' | 'cutOff'>,
  work: (signal: AbortSignal) => Promise<T | FailedCall>,
): Promise<T | FailedCall> {
  const timeout = new AbortController();
  const timer = setTimeout(() => {
    timeout.abort();
  }, call.timeoutMs);
  const onAbort = (): void => {
    timeout.abort();
  };
  call.signal.addEventListener('abort', onAbort, { once: true });
  call.cutOff?.addEventListener('abort', onAbort, { once: true });
  const startedAt = Date.now();
  try {
    call.signal.throwIfAborted();
    call.cutOff?.throwIfAborted();
    return await work(timeout.signal);
  } catch (error) {
    call.signal.throwIfAborted();
    call.cutOff?.throwIfAborted();
    if (timeout.signal.aborted) {
      return failed({ kind: 'timeout', reason: `no response within ${call.timeoutMs} ms` });
    }
    if (error instanceof TokenError) {
      return failed(error.failure);
    }
    if (error instanceof AxiosError) {
      const reason = codeOf(error);
      return isStaleConnection(error, Date.now() - startedAt)
        ? failed({ kind: 'stale_connection', reason: reason ?? 'reset' })
        : failed(classifySocketCode(reason));
    }
    throw error;
  } finally {
    clearTimeout(timer);
    call.signal.removeEventListener('abort', onAbort);
    call.cutOff?.removeEventListener('abort', onAbort);
  }
}

/** A reset within this time is not a response to an image request. */
const STALE_WITHIN_MS = 1000;

/**
 * Whether the other end closed a kept-alive connection just as it was reused. The reset looks the
 * same whether the request was read or not, so the repetition counts as an attempt; but it says
 * nothing about the account.
 */
function isStaleConnection(error: AxiosError, elapsedMs: number): boolean {
  if (!['ECONNRESET', 'EPIPE'].includes(codeOf(error) ?? '') || elapsedMs >= STALE_WITHIN_MS) {
    return false;
  }
  const { isReused, hasResponded } = error.request as WireRequestHandle;
  return isReused && !hasResponded;
}

function keyOf({ apiKey }: DeveloperApiAccess): Record<string, string> {
  return { 'x-goog-api-key': apiKey };
}

function bearer({ value, quotaProject }: AccessToken): Record<string, string> {
  return {
    authorization: `Bearer ${value}`,
    ...(quotaProject === undefined ? {} : { 'x-goog-user-project': quotaProject }),
  };
}
