import { request as send, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface SentRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** How the client behaves. */
export interface ClientManner {
  readonly leaves: 'never' | 'once sent' | 'in the body' | 'when told';
  /** Receives a function that makes the client hang up. */
  readonly onStart?: (leave: () => void) => void;
  readonly isSlow: boolean;
  /** After this time the client gives up, which counts as a fault of Easel. */
  readonly patienceMs: number;
}

/** One request and its result; times are those of `performance.now()`. */
export interface Exchange {
  readonly sent: SentRequest;
  readonly startedAt: number;
  /** When the head of the response had arrived. */
  readonly headAt: number | undefined;
  readonly endedAt: number;
  /** Undefined if no head arrived. */
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly end: 'whole' | 'left' | 'broken' | 'impatient';
  /** The socket's error code, if it broke. */
  readonly reason: string;
}

/** The maximum number of pauses of a slow reader within one response. */
const MOST_RESTS = 100;

/** Sends one request on its own connection, and never throws. */
export async function exchange(sent: SentRequest, manner: ClientManner): Promise<Exchange> {
  const startedAt = performance.now();
  let headAt: number | undefined;
  let head: IncomingMessage | undefined;
  // Changed by callbacks, which TypeScript does not track.
  let end = 'whole' as Exchange['end'];
  let reason = '';
  const chunks: Buffer[] = [];
  const call = send(sent.url, { method: sent.method, headers: { ...sent.headers }, agent: false });
  const stop = (why: 'left' | 'impatient'): void => {
    if (end === 'whole') {
      end = why;
      call.destroy();
    }
  };
  const leave = (): void => {
    stop('left');
  };
  const timer = setTimeout(() => {
    stop('impatient');
  }, manner.patienceMs);
  manner.onStart?.(leave);
  try {
    const responded = new Promise<IncomingMessage>((resolve, reject) => {
      call.once('response', resolve).once('error', reject);
      call.once('close', () => {
        reject(new Error('closed'));
      });
    });
    call.end(sent.body, () => {
      if (manner.leaves === 'once sent') {
        setImmediate(leave);
      }
    });
    head = await responded;
    headAt = performance.now();
    for await (const chunk of head as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      if (manner.leaves === 'in the body') {
        leave();
      }
      if (manner.isSlow && chunks.length < MOST_RESTS) {
        await sleep(10);
      }
    }
  } catch (error) {
    if (end === 'whole') {
      end = 'broken';
      reason = codeOf(error);
    }
  } finally {
    clearTimeout(timer);
    call.on('error', () => undefined).destroy();
  }
  return {
    sent,
    startedAt,
    headAt,
    endedAt: performance.now(),
    status: head?.statusCode,
    headers: head?.headers ?? {},
    body: Buffer.concat(chunks),
    end,
    reason,
  };
}

function codeOf(error: unknown): string {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  return code ?? message ?? 'unknown';
}
