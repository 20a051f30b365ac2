import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';

/** One call that Easel makes upstream. */
export interface ScriptedCall {
  /** From 1. */
  readonly number: number;
  readonly path: string;
  /** The API key; empty where a bearer token was sent. */
  readonly key: string;
  readonly authorization: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly response: ServerResponse;
  /** Resolves when Easel has hung up, or has read the response to its end. */
  readonly closed: Promise<void>;
}

/** A Gemini that responds just as the test says, byte for byte. */
export interface ScriptedUpstream {
  readonly url: string;
  readonly calls: readonly ScriptedCall[];
  close(): Promise<void>;
}

export async function startScriptedUpstream(
  script: (call: ScriptedCall) => void | Promise<void>,
): Promise<ScriptedUpstream> {
  const calls: ScriptedCall[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const call = {
        number: calls.length + 1,
        path: request.url ?? '',
        key: String(request.headers['x-goog-api-key'] ?? ''),
        authorization: request.headers.authorization,
        headers: request.headers,
        body: Buffer.concat(chunks),
        response,
        closed: new Promise<void>((done) => response.once('close', done)),
      };
      calls.push(call);
      void script(call);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** A PNG of one colour, in base64. */
export async function png(width: number, height = width): Promise<string> {
  const create = { width, height, channels: 3, background: '#3a6' } as const;
  const bytes = await sharp({ create }).png().toBuffer();
  return bytes.toString('base64');
}

export function imagePart(data: string, rest: object = {}): object {
  return { inlineData: { mimeType: 'image/png', data }, ...rest };
}

const USAGE = { promptTokenCount: 3, candidatesTokenCount: 1120, totalTokenCount: 1123 };

/** A response, or one event of it. */
export function respond(parts: readonly object[], finishReason?: string): object {
  return {
    candidates: [
      {
        content: { role: 'model', parts },
        ...(finishReason === undefined ? {} : { finishReason }),
        index: 0,
      },
    ],
    ...(finishReason === undefined ? {} : { usageMetadata: USAGE }),
    modelVersion: 'gemini-3-pro-image',
  };
}

/** Writes an event as Google does, after the headers where none have been sent. */
export function writeEvent(response: ServerResponse, value: object): void {
  if (!response.headersSent) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
  }
  response.write(`data: ${JSON.stringify(value)}\r\n\r\n`);
}

/** A complete response in the requested form, with these images, of which the last is final. */
export function respondWhole(call: ScriptedCall, ...images: readonly string[]): void {
  const final = imagePart(images.at(-1) ?? '');
  if (!call.path.includes('alt=sse')) {
    call.response.writeHead(200, { 'content-type': 'application/json' });
    call.response.end(JSON.stringify(respond([final], 'STOP'), undefined, 2));
    return;
  }
  for (const draft of images.slice(0, -1)) {
    writeEvent(call.response, respond([imagePart(draft, { thought: true })]));
  }
  writeEvent(call.response, respond([final], 'STOP'));
  call.response.end();
}

/** Google's error body; on the event stream its type says otherwise. */
export function respondWithError(
  call: ScriptedCall,
  status: number,
  googleStatus: string,
  details: readonly object[] = [],
): void {
  const type = call.path.includes('alt=sse') ? 'text/event-stream' : 'application/json';
  call.response.writeHead(status, { 'content-type': type });
  call.response.end(
    JSON.stringify({ error: { code: status, status: googleStatus, message: 'x', details } }),
  );
}
