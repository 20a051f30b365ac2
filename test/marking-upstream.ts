import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { markedImage, type MarkedImage } from './marked-image';
import { respond, imagePart } from './scripted-upstream';

/** How it responds to a request's calls. */
export interface UpstreamManner {
  /** The images of its calls, in bytes, used in turn. */
  readonly sizes: readonly number[];
  /** How many other images come before the one that is meant, and whether they are marked as such. */
  readonly drafts: number;
  readonly draftsAreThoughts: boolean;
  readonly isChunked: boolean;
  /** What is written at once, in bytes. */
  readonly piece: number;
  readonly isPretty: boolean;
  /** Writes `/` as `\/` and `=` as `\u003d`, as JSON allows. */
  readonly isEscaped: boolean;
  /** The first call breaks off after half of its body, and the second gets a 503. */
  readonly failsFirst: boolean;
  readonly delayMs: number;
}

/** What was made for one request. */
interface Made {
  readonly finals: Map<number, MarkedImage>;
  readonly drafts: Map<number, MarkedImage>;
  calls: number;
}

/** A Gemini that makes a different image for each call, and records for which request. */
export interface MarkingUpstream {
  readonly url: string;
  /** By the request's number, which is in its prompt as `request <number>.` */
  readonly made: ReadonlyMap<number, Made>;
  close(): Promise<void>;
}

export async function startMarkingUpstream(
  mannerOf: (request: number) => UpstreamManner,
): Promise<MarkingUpstream> {
  const made = new Map<number, Made>();
  let lastId = 0x5a5a0000;
  const draw = async (bytes: number, into: Map<number, MarkedImage>): Promise<string> => {
    lastId += 1;
    const image = await markedImage(lastId, bytes);
    // Known before a byte of it is sent.
    into.set(image.id, image);
    return image.base64;
  };

  const reply = async (path: string, prompt: string, response: ServerResponse): Promise<void> => {
    const request = Number(/request (\d+)\./.exec(prompt)?.[1]);
    const manner = mannerOf(request);
    const known = made.get(request) ?? { finals: new Map(), drafts: new Map(), calls: 0 };
    made.set(request, known);
    const call = known.calls;
    known.calls += 1;
    await sleep(manner.delayMs);
    if (manner.failsFirst && call === 1) {
      response.writeHead(503, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { code: 503, status: 'UNAVAILABLE', message: 'x' } }));
      return;
    }
    const size = manner.sizes[call % manner.sizes.length] ?? 1;
    const parts: object[] = [];
    for (let draft = 0; draft < manner.drafts; draft += 1) {
      const thought = manner.draftsAreThoughts ? { thought: true } : {};
      parts.push(imagePart(await draw(size / 4, known.drafts), thought));
    }
    parts.push(imagePart(await draw(size, known.finals)));
    const body = path.includes('alt=sse') ? eventsOf(parts, manner) : documentOf(parts, manner);
    await write(response, body, manner, manner.failsFirst && call === 0);
  };

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      reply(request.url ?? '', Buffer.concat(chunks).toString('latin1'), response).catch(
        // Easel must not wait for what the test has got wrong.
        () => response.destroy(),
      );
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    made,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function documentOf(parts: readonly object[], manner: UpstreamManner): Buffer {
  return written(respond(parts, 'STOP'), manner, manner.isPretty ? 2 : undefined);
}

/** Each image in an event of its own. */
function eventsOf(parts: readonly object[], manner: UpstreamManner): Buffer {
  return Buffer.concat(
    parts.flatMap((part, index) => [
      Buffer.from('data: '),
      written(respond([part], index === parts.length - 1 ? 'STOP' : undefined), manner),
      Buffer.from('\r\n\r\n'),
    ]),
  );
}

function written(value: object, { isEscaped }: UpstreamManner, space?: number): Buffer {
  const text = JSON.stringify(value, undefined, space);
  return Buffer.from(
    isEscaped ? text.replaceAll('/', '\\/').replaceAll('=', '\\u003d') : text,
    'latin1',
  );
}

async function write(
  response: ServerResponse,
  body: Buffer,
  { isChunked, piece }: UpstreamManner,
  breaksOff: boolean,
): Promise<void> {
  response.writeHead(200, {
    'content-type': 'application/json',
    ...(isChunked ? {} : { 'content-length': body.length }),
  });
  const end = breaksOff ? Math.floor(body.length / 2) : body.length;
  for (let at = 0; at < end && !response.closed; at += piece) {
    if (!response.write(body.subarray(at, Math.min(at + piece, end)))) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          response.off('drain', done).off('close', done);
          resolve();
        };
        response.on('drain', done).on('close', done);
      });
    }
  }
  if (breaksOff) {
    response.destroy();
  } else {
    response.end();
  }
}
