import { EventEmitter, once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { markedImage, type MarkedImage } from '../test/marked-image';
import { imagePart, respond } from '../test/scripted-upstream';
import type { CallManner, PlannedRequest } from './planned-request';

/** A received call. */
export interface UpstreamCall {
  /** The number of the request that it belongs to. */
  readonly request: number;
  readonly account: string;
  readonly manner: CallManner | 'token refused';
  /** By `performance.now()`, like all times here. */
  readonly arrivedAt: number;
  /** When the last byte was written, or the connection broke; undefined while it is open. */
  endedAt: number | undefined;
  /** Whether the response was sent completely. */
  isWhole: boolean;
}

/** The request that an image was made for. */
export interface MadeImage {
  readonly request: number;
  readonly isDraft: boolean;
}

const ERRORS = {
  'rate limit': [429, 'RESOURCE_EXHAUSTED'],
  unavailable: [503, 'UNAVAILABLE'],
  internal: [500, 'INTERNAL'],
  'token refused': [401, 'UNAUTHENTICATED'],
} as const;

const PIECE = 64 * 1024;

/**
 * A Gemini that handles each call as planned, and makes a different image for each: no two have the
 * same bytes.
 */
export class ChaosUpstream {
  /** By its digest. */
  readonly made = new Map<string, MadeImage>();
  readonly calls: UpstreamCall[] = [];
  /** By the number of the request that they belong to. */
  private readonly callsOf = new Map<number, UpstreamCall[]>();
  /** Emits `<number>` when a call for that request arrives. */
  private readonly arrivals = new EventEmitter().setMaxListeners(0);
  private readonly refusedTokens = new Set<string>();
  private readonly tokens = new Set<string>();
  /** When an account was last rate-limited. */
  lastRateLimitAt = -Infinity;
  private lastId = 0x1000_0000;
  private server: Server;

  constructor(private readonly planned: (number: number) => PlannedRequest) {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const key = String(request.headers['x-goog-api-key'] ?? request.headers.authorization);
        const body = Buffer.concat(chunks);
        this.reply(request.url ?? '', key, body, response).catch(() => response.destroy());
      });
    });
  }

  async listen(): Promise<string> {
    // A call on a connection that was just closed as idle would never be seen.
    this.server.keepAliveTimeout = 0;
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  callsFor(number: number): readonly UpstreamCall[] {
    return this.callsOf.get(number) ?? [];
  }

  /** Calls `then` when a call for the request arrives. Returns a function that cancels this. */
  onCalled(number: number, then: () => void): () => void {
    if (this.callsFor(number).length > 0) {
      then();
      return () => undefined;
    }
    const name = String(number);
    this.arrivals.once(name, then);
    return () => this.arrivals.off(name, then);
  }

  /** Invalidates all tokens issued so far. */
  refuseTokens(): void {
    for (const token of this.tokens) {
      this.refusedTokens.add(token);
    }
  }

  closeIdle(): void {
    this.server.closeIdleConnections();
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async reply(
    path: string,
    key: string,
    body: Buffer,
    response: ServerResponse,
  ): Promise<void> {
    const number = Number(/request (\d+)\./.exec(body.toString('latin1'))?.[1]);
    if (!Number.isInteger(number)) {
      // The credential check lists models.
      respondJson(response, 200, { models: [] });
      return;
    }
    const plan = this.planned(number);
    const call = this.note(number, key, plan);
    const end = (): void => {
      call.endedAt ??= performance.now();
    };
    response.once('close', end).once('error', end);
    await sleep(call.manner === 'image' ? plan.delayMs : 5);
    await this.act(call, plan, path.includes('alt=sse'), response);
  }

  private note(number: number, key: string, plan: PlannedRequest): UpstreamCall {
    const known = this.callsOf.get(number) ?? [];
    const isToken = key.startsWith('Bearer ');
    if (isToken) {
      this.tokens.add(key);
    }
    const call: UpstreamCall = {
      request: number,
      account: isToken ? 'vertex' : key,
      manner: this.refusedTokens.has(key)
        ? 'token refused'
        : (plan.calls[known.filter(({ manner }) => manner !== 'token refused').length] ?? 'image'),
      arrivedAt: performance.now(),
      endedAt: undefined,
      isWhole: false,
    };
    this.callsOf.set(number, [...known, call]);
    this.calls.push(call);
    this.arrivals.emit(String(number));
    return call;
  }

  private async act(
    call: UpstreamCall,
    plan: PlannedRequest,
    isStream: boolean,
    response: ServerResponse,
  ): Promise<void> {
    switch (call.manner) {
      case 'image':
      case 'truncated':
        await this.sendImage(call, plan, isStream, response);
        return;
      case 'reset':
        end(call);
        response.socket?.resetAndDestroy();
        return;
      case 'stall':
        // Stalls until Easel hangs up.
        return;
      case 'html':
        end(call);
        response.writeHead(plan.choice % 2 === 0 ? 502 : 200, { 'content-type': 'text/html' });
        response.end('<html><body>Bad gateway</body></html>');
        return;
      case 'refused':
        end(call);
        send(response, isStream, { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } });
        return;
      case 'empty':
        end(call);
        send(response, isStream, { candidates: [{ finishReason: 'NO_IMAGE', index: 0 }] });
        return;
      case 'rate limit':
      case 'unavailable':
      case 'internal':
      case 'token refused': {
        const [code, status] = ERRORS[call.manner];
        const retry = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1s' };
        const details = call.manner === 'rate limit' ? [retry] : [];
        if (call.manner === 'rate limit') {
          this.lastRateLimitAt = performance.now();
        }
        end(call);
        respondJson(response, code, { error: { code, status, message: 'x', details } });
      }
    }
  }

  private async sendImage(
    call: UpstreamCall,
    { bytes, drafts }: PlannedRequest,
    isStream: boolean,
    response: ServerResponse,
  ): Promise<void> {
    const parts: object[] = [];
    for (let draft = 0; draft < drafts; draft += 1) {
      const image = await this.draw(bytes / 4, call.request, true);
      parts.push(imagePart(image.base64, { thought: true }));
    }
    parts.push(imagePart((await this.draw(bytes, call.request, false)).base64));
    const body = Buffer.from(
      isStream
        ? parts
            .map((part, at) => respond([part], at === parts.length - 1 ? 'STOP' : undefined))
            .map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`)
            .join('')
        : JSON.stringify(respond(parts, 'STOP'), undefined, 2),
      'latin1',
    );
    response.writeHead(200, {
      'content-type': isStream ? 'text/event-stream' : 'application/json; charset=UTF-8',
    });
    const length = call.manner === 'truncated' ? Math.floor(body.length / 2) : body.length;
    for (let at = 0; at < length && !response.closed; at += PIECE) {
      const isLast = at + PIECE >= length;
      if (isLast) {
        end(call);
      }
      if (!response.write(body.subarray(at, Math.min(at + PIECE, length))) && !isLast) {
        await drained(response);
      }
    }
    if (call.manner === 'truncated') {
      response.destroy();
    } else {
      call.isWhole = !response.closed;
      response.end();
    }
  }

  private async draw(bytes: number, request: number, isDraft: boolean): Promise<MarkedImage> {
    this.lastId += 1;
    const image = await markedImage(this.lastId, bytes);
    // Registered before a byte of it is sent.
    this.made.set(image.sha256, { request, isDraft });
    return image;
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

/**
 * Before the last byte is written: a client that has read it may already use the account's slot
 * again.
 */
function end(call: UpstreamCall): void {
  call.endedAt ??= performance.now();
}

function respondJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function send(response: ServerResponse, isStream: boolean, body: object): void {
  if (isStream) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(`data: ${JSON.stringify(body)}\r\n\r\n`);
  } else {
    respondJson(response, 200, body);
  }
}
