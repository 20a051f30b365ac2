import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { LOCALHOST_CERTIFICATE } from '../../test/localhost-certificate';
import { startCalls, type RawCall, type RawUpstream } from '../../test/raw-upstream';
import { MemoryBudget } from '../memory/memory-budget';
import { RequestMemory } from '../memory/request-memory';
import { SlabPool } from '../memory/slab-pool';
import type { Slabs } from '../memory/slabs';
import { ConnectionPool } from './connection-pool';
import type { WireResponse } from './response-reader';

/** What is asked for, and how it is to be sent. */
interface Plan {
  readonly bytes: number;
  readonly framing: 'length' | 'chunked' | 'close';
  /** In how many pieces, with a pause behind each where there are several. */
  readonly pieces: number;
  readonly isHeadApart: boolean;
  /** How much the request carries. */
  readonly upload: number;
  readonly startMs: number;
  /** Whoever waits before reading finds bytes that came before. */
  readonly readAfterMs: number;
  /** When it is given up, if it is. */
  readonly abort: 'before_head' | 'between' | 'in_body' | 'never';
}

const plans = fc.array(
  fc.record<Plan>({
    bytes: fc.oneof(fc.nat({ max: 100 }), fc.nat({ max: 100_000 }), fc.nat({ max: 1_500_000 })),
    framing: fc.constantFrom('length', 'chunked', 'close'),
    pieces: fc.integer({ min: 1, max: 8 }),
    isHeadApart: fc.boolean(),
    upload: fc.oneof(fc.constant(0), fc.nat({ max: 400_000 })),
    startMs: fc.nat({ max: 30 }),
    readAfterMs: fc.constantFrom(0, 0, 0, 3),
    abort: fc.constantFrom('never', 'never', 'never', 'before_head', 'between', 'in_body'),
  }),
  { minLength: 4, maxLength: 20 },
);

/** The body of every response, and what of it has been told on the way: no two are the same. */
const SOURCE = randomBytes(4_000_000);

function bodyFor(number: number, bytes: number): Buffer {
  const start = (number * 7919) % 1_000_000;
  return SOURCE.subarray(start, start + bytes);
}

async function responseCall({ socket, head, body }: RawCall): Promise<void> {
  const url = new URL(/^POST (\S+)/.exec(head)?.[1] ?? '', 'http://x');
  const { number, bytes, framing, pieces, isHeadApart, upload } = Object.fromEntries(
    url.searchParams,
  ) as Record<string, string>;
  if (!body.equals(Buffer.alloc(Number(upload), Number(number) % 256))) {
    socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n');
    return;
  }
  const response = bodyFor(Number(number), Number(bytes));
  const lines = {
    length: `Content-Length: ${response.length}\r\n`,
    chunked: 'Transfer-Encoding: chunked\r\n',
    close: '',
  };
  const start = `HTTP/1.1 200 OK\r\n${lines[framing as Plan['framing']]}\r\n`;
  const parts: Buffer[] = [Buffer.from(isHeadApart === 'true' ? '' : start)];
  if (isHeadApart === 'true') {
    socket.write(start);
    await pause(1);
  }
  const size = Math.ceil(response.length / Number(pieces)) || 1;
  for (let at = 0; at < response.length; at += size) {
    const piece = response.subarray(at, at + size);
    parts.push(
      ...(framing === 'chunked'
        ? [Buffer.from(`${piece.length.toString(16)};x=y\r\n`), piece, Buffer.from('\r\n')]
        : [piece]),
    );
    socket.write(Buffer.concat(parts.splice(0)));
    await pause(at % 3);
  }
  parts.push(Buffer.from(framing === 'chunked' ? '0\r\nX-Trailer: 1\r\n\r\n' : ''));
  socket.write(Buffer.concat(parts));
  if (framing === 'close') {
    socket.end();
  }
}

/** Carries one plan out: whether its body came, and came as it was sent. */
async function carryOut(
  plan: Plan,
  number: number,
  pool: ConnectionPool,
  url: URL,
  slabPool: SlabPool,
): Promise<'aborted' | 'right' | 'wrong'> {
  await pause(plan.startMs);
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...plan, number })) {
    query.set(name, String(value));
  }
  const memory = new RequestMemory(slabPool, new MemoryBudget(Number.POSITIVE_INFINITY, 0));
  const body = Array.from({ length: 3 }, (_, part) =>
    Buffer.alloc(part === 0 ? plan.upload : 0, number % 256),
  );
  const head = `POST /?${String(query)} HTTP/1.1\r\nhost: x\r\ncontent-length: ${plan.upload}\r\n\r\n`;
  try {
    const response = await new Promise<WireResponse | undefined>((resolve, reject) => {
      const connection = pool.send({ url, head, body }, { onResponse: resolve, onError: reject });
      if (plan.abort === 'before_head') {
        connection.close();
        resolve(undefined);
      }
    });
    if (plan.readAfterMs > 0) {
      await pause(plan.readAfterMs);
    }
    if (response === undefined || plan.abort === 'between') {
      response?.body.destroy();
      return 'aborted';
    }
    const slices = await readAll(response, memory.slabs(), plan);
    if (slices === undefined) {
      return 'aborted';
    }
    // Others read in the meantime: a slice that is theirs as well would change.
    await pause(2);
    const hash = createHash('sha256');
    slices.forEach((slice) => hash.update(slice));
    const sent = createHash('sha256').update(bodyFor(number, plan.bytes)).digest('hex');
    return response.head.status === 200 && hash.digest('hex') === sent ? 'right' : 'wrong';
  } finally {
    memory.release();
  }
}

/** The slices of the body, as they are in the slabs; undefined where it is given up halfway. */
function readAll({ body }: WireResponse, slabs: Slabs, plan: Plan): Promise<Buffer[] | undefined> {
  return new Promise((resolve, reject) => {
    const slices: Buffer[] = [];
    body.read(slabs, {
      onBody: (slice) => {
        slices.push(slice);
        if (plan.abort === 'in_body') {
          body.destroy();
          resolve(undefined);
        }
      },
      onEnd: () => {
        resolve(slices);
      },
      onError: reject,
    });
  });
}

describe.each([false, true])('many requests at once, in any order (TLS: %j)', (secure) => {
  let upstream: RawUpstream;

  beforeAll(async () => {
    upstream = await startCalls((call) => void responseCall(call), { secure });
  });

  afterAll(() => upstream.close());

  it('deliver every complete body exactly as it was sent', async () => {
    let next = 0;
    await fc.assert(
      fc.asyncProperty(plans, async (several) => {
        const pool = new ConnectionPool({ ca: LOCALHOST_CERTIFICATE });
        const slabPool = new SlabPool();
        const results = await Promise.all(
          several.map((plan) => carryOut(plan, (next += 1), pool, upstream.url, slabPool)),
        );
        const expected = several.map(({ abort, bytes }) =>
          abort === 'never' || (abort === 'in_body' && bytes === 0) ? 'right' : 'aborted',
        );
        expect(results).toEqual(expected);
      }),
      { numRuns: 12, endOnFailure: true },
    );
  });

  it('use no more connections than there are requests at once', async () => {
    const pool = new ConnectionPool({ ca: LOCALHOST_CERTIFICATE });
    const slabPool = new SlabPool();
    const before = upstream.sockets.length;
    const plan = { bytes: 1000, pieces: 2, isHeadApart: true, upload: 100_000 } as const;
    for (let request = 0; request < 60; request += 1) {
      const framing = request % 2 === 0 ? 'length' : 'chunked';
      const timing = { startMs: request % 3, readAfterMs: 0, abort: 'never' } as const;
      expect(
        await carryOut({ ...plan, ...timing, framing }, request, pool, upstream.url, slabPool),
      ).toBe('right');
    }
    expect(upstream.sockets.length - before).toBe(1);
  });
});
