import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A response as it came over the connection. */
export interface RawResponse {
  readonly status: number;
  readonly body: Buffer;
}

/** How a client takes what it is sent. */
export type ReadingManner =
  | { readonly kind: 'fast' }
  /** Rests after each read. */
  | { readonly kind: 'slow'; readonly restMs: number }
  /** Stops reading after so many bytes, and hangs up a while later. */
  | { readonly kind: 'stalls'; readonly afterBytes: number; readonly restMs: number }
  /** Hangs up after a while, whatever has come. */
  | { readonly kind: 'leaves'; readonly afterMs: number };

/** Sends requests, ready to be written, all at once over one connection, and reads as many responses. */
export async function converse(
  url: string,
  requests: readonly Buffer[],
  manner: ReadingManner,
): Promise<readonly RawResponse[]> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  for (const request of requests) {
    socket.write(request);
  }
  const timer =
    manner.kind === 'leaves' ? setTimeout(() => socket.destroy(), manner.afterMs) : undefined;
  try {
    return await readResponses(socket, requests.length, manner);
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

export function postOf(path: string, contentType: string, body: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(
      `POST ${path} HTTP/1.1\r\nHost: easel\r\nContent-Type: ${contentType}\r\n` +
        `Content-Length: ${body.length}\r\n\r\n`,
    ),
    body,
  ]);
}

/** Fewer responses where the client has left before they were whole. */
async function readResponses(
  socket: Socket,
  count: number,
  manner: ReadingManner,
): Promise<readonly RawResponse[]> {
  const reader = new RawResponseReader();
  let bytes = 0;
  try {
    for await (const chunk of socket) {
      bytes += (chunk as Buffer).length;
      reader.push(chunk as Buffer);
      if (reader.responses.length === count) {
        break;
      }
      if (manner.kind === 'slow') {
        await sleep(manner.restMs);
      }
      if (manner.kind === 'stalls' && bytes > manner.afterBytes) {
        await sleep(manner.restMs);
        break;
      }
    }
  } catch {
    // The connection has been cut, at this end or at the other.
  }
  return reader.responses;
}

/** Reads responses one behind the other, whose bodies have a length or come in chunks. */
class RawResponseReader {
  readonly responses: RawResponse[] = [];
  private state: 'head' | 'counted' | 'size' | 'data' | 'data_end' | 'end' = 'head';
  /** What of a head or of a line has come so far. */
  private text = Buffer.alloc(0);
  private status = 0;
  private left = 0;
  private body: Buffer[] = [];

  push(chunk: Buffer): void {
    for (let rest: Buffer | undefined = chunk; rest !== undefined && rest.length > 0;) {
      rest =
        this.state === 'counted' || this.state === 'data'
          ? this.takeBody(rest)
          : this.takeText(rest, this.state === 'head' ? '\r\n\r\n' : '\r\n');
    }
  }

  private takeBody(bytes: Buffer): Buffer {
    const taken = bytes.subarray(0, this.left);
    this.body.push(taken);
    this.left -= taken.length;
    if (this.left === 0) {
      this.endBody();
    }
    return bytes.subarray(taken.length);
  }

  private endBody(): void {
    if (this.state === 'data') {
      this.state = 'data_end';
    } else {
      this.responses.push({ status: this.status, body: Buffer.concat(this.body) });
      this.body = [];
      this.state = 'head';
    }
  }

  private takeText(bytes: Buffer, end: string): Buffer | undefined {
    this.text = Buffer.concat([this.text, bytes]);
    const at = this.text.indexOf(end);
    if (at === -1) {
      return undefined;
    }
    const text = this.text.toString('latin1', 0, at);
    const rest = this.text.subarray(at + end.length);
    this.text = Buffer.alloc(0);
    this.endText(text);
    return rest;
  }

  private endText(text: string): void {
    if (this.state === 'head') {
      const length = /^content-length: (\d+)/im.exec(text)?.[1];
      this.status = Number(text.split(' ')[1]);
      this.left = Number(length);
      this.state = length === undefined ? 'size' : 'counted';
    } else if (this.state === 'size') {
      this.left = Number.parseInt(text, 16);
      this.state = this.left === 0 ? 'end' : 'data';
    } else if (this.state === 'data_end') {
      this.state = 'size';
    } else {
      this.endBody();
    }
  }
}
