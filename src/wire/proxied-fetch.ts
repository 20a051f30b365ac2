import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { ConnectionPoolOptions } from './connection-pool';
import { openSocket } from './open-socket';
import { WireError } from './wire.error';

const CONNECT_TIMEOUT_MS = 10_000;

/** The maximum size of a response, in bytes: token servers send a few kilobytes. */
const MAX_RESPONSE_BYTES = 1024 * 1024;

/**
 * A `fetch` for small responses that uses the same connections as all other calls: through the
 * proxy if there is one, and within the time limit for connecting. Node's own fetch supports
 * proxies only from Node 24, and only those of the environment. It follows no redirects and keeps
 * no connections.
 */
export function proxiedFetch(options: ConnectionPoolOptions = {}): typeof fetch {
  return async (input, init) => {
    const asked = new Request(input, init);
    const signal = init?.signal ?? asked.signal;
    const body = Buffer.from(await asked.arrayBuffer());
    const [response, text] = await responseTo(asked, body, signal, options);
    const headers = new Headers();
    for (const [name, values = []] of Object.entries(response.headersDistinct)) {
      for (const value of values) {
        headers.append(name, value);
      }
    }
    const { statusCode = 0 } = response;
    const isWithoutBody = [204, 205, 304].includes(statusCode);
    return new Response(isWithoutBody ? null : text, { status: statusCode, headers });
  };
}

async function responseTo(
  asked: Request,
  body: Buffer,
  signal: AbortSignal,
  { ca, proxyFor, connectTimeoutMs = CONNECT_TIMEOUT_MS }: ConnectionPoolOptions,
): Promise<readonly [IncomingMessage, Buffer]> {
  const url = new URL(asked.url);
  const socket = await openSocket(
    {
      url,
      proxy: proxyFor?.(url),
      timeoutMs: connectTimeoutMs,
      ca,
      tlsSession: undefined,
      onTlsSession: () => undefined,
    },
    undefined,
    signal,
  );
  const outgoing = request({
    method: asked.method,
    path: url.pathname + url.search,
    headers: {
      ...Object.fromEntries(asked.headers),
      host: url.host,
      connection: 'close',
      ...(body.length === 0 ? {} : { 'content-length': body.length }),
    },
    signal,
    createConnection: () => socket,
  });
  // Never removed: the caller learns of an error through the response, and no longer listens when a
  // later one occurs.
  outgoing.on('error', () => undefined);
  outgoing.end(body);
  // The socket of a tunnel is paused until it is resumed.
  socket.resume();
  try {
    const [response] = (await once(outgoing, 'response', { signal })) as [IncomingMessage];
    return [response, await bodyBytes(response)];
  } finally {
    socket.destroy();
  }
}

async function bodyBytes(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_RESPONSE_BYTES) {
      throw new WireError('EPROTO', 'a response that is too long');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
