import { SlabPool } from '../src/memory/slab-pool';
import { Slabs } from '../src/memory/slabs';
import type { ConnectionPool } from '../src/wire/connection-pool';
import type { WireResponse } from '../src/wire/response-reader';
import type { IncomingBody } from '../src/wire/incoming-body';
import type { UpstreamConnection } from '../src/wire/upstream-connection';

/** Sends a POST; `connection` is what carries it. */
export function ask(
  pool: ConnectionPool,
  url: URL,
  body: readonly Buffer[] = [],
): { readonly connection: UpstreamConnection; readonly response: Promise<WireResponse> } {
  const length = body.reduce((sum, slice) => sum + slice.length, 0);
  const head = `POST ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-length: ${length}\r\n\r\n`;
  let connection: UpstreamConnection | undefined;
  const response = new Promise<WireResponse>((onResponse, onError) => {
    connection = pool.send({ url, head, body }, { onResponse, onError });
  });
  if (connection === undefined) {
    throw new Error('a promise is begun at once');
  }
  return { connection, response };
}

export function newSlabs(): Slabs {
  return new Slabs(new SlabPool());
}

/** Reads a body to its end: a copy of its bytes, so that the slabs may be released. */
export function bytesOf(body: IncomingBody, slabs = newSlabs()): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const slices: Buffer[] = [];
    body.read(slabs, {
      onBody: (slice) => {
        slices.push(slice);
      },
      onEnd: () => {
        resolve(Buffer.concat(slices));
      },
      onError: reject,
    });
  });
}

/** Asks, and reads the response to its end. */
export async function responseTo(
  pool: ConnectionPool,
  url: URL,
  body: readonly Buffer[] = [],
): Promise<{ readonly status: number; readonly text: string; readonly isReused: boolean }> {
  const { connection, response } = ask(pool, url, body);
  const { head, body: incoming } = await response;
  const bytes = await bytesOf(incoming);
  return { status: head.status, text: bytes.toString('latin1'), isReused: connection.isReused };
}

/** The code of the error that a promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  const error: unknown = await promise.then(
    () => new Error('it went well'),
    (reason: unknown) => reason,
  );
  return (error as NodeJS.ErrnoException).code ?? error;
}
