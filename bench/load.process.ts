import { Agent, request, type IncomingMessage } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Burst, BurstResult, LoadOrder, Probe, Shot } from './load';

/** Generates load from a separate process, so that its work is not attributed to others. */
const agent = new Agent({ keepAlive: true, maxSockets: 256 });

interface Landed {
  readonly ms: number;
  readonly bytes: number;
  readonly fault: string | undefined;
}

let probing: Promise<readonly Landed[]> | undefined;
let stopProbing: () => void = () => undefined;

async function run(burst: Burst): Promise<BurstResult> {
  const landed: Landed[] = [];
  let left = burst.requests;
  const startedAt = performance.now();
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      landed.push(await fire(burst.shot, burst.holdMs));
    }
  };
  await Promise.all(Array.from({ length: burst.concurrency }, client));
  return resultOf(landed, performance.now() - startedAt);
}

async function probe({ shot, everyMs }: Probe, isOver: () => boolean): Promise<readonly Landed[]> {
  const landed: Landed[] = [];
  while (!isOver()) {
    landed.push(await fire(shot, 0));
    await sleep(everyMs);
  }
  return landed;
}

/**
 * Sends one request; the response is checked and discarded as it arrives. A keep-alive connection
 * may have been closed just as it is reused; as in every client, the request is then repeated once.
 */
function fire(shot: Shot, holdMs: number, startedAt = performance.now()): Promise<Landed> {
  return new Promise((resolve) => {
    const done = (bytes: number, fault: string | undefined): void => {
      resolve({ ms: performance.now() - startedAt, bytes, fault });
    };
    const call = request(
      shot.url,
      { method: shot.method, headers: shot.headers, agent },
      (response) => {
        if (holdMs > 0) {
          void sleep(holdMs).then(() => {
            takeIn(response, shot, done);
          });
        } else {
          takeIn(response, shot, done);
        }
      },
    );
    call.setNoDelay(true);
    let hasResponse = false;
    call.on('response', () => {
      hasResponse = true;
    });
    call.on('error', (error) => {
      if (call.reusedSocket && !hasResponse) {
        resolve(fire(shot, holdMs, startedAt));
      } else {
        done(0, error.message);
      }
    });
    call.end(shot.body);
  });
}

function takeIn(
  response: IncomingMessage,
  { minBytes }: Shot,
  done: (bytes: number, fault: string | undefined) => void,
): void {
  let bytes = 0;
  let first = '';
  let last: Buffer = Buffer.alloc(0);
  response.on('data', (chunk: Buffer) => {
    first ||= chunk.toString('latin1', 0, 1);
    last = chunk;
    bytes += chunk.length;
  });
  response.on('error', (error) => {
    done(bytes, error.message);
  });
  response.on('end', () => {
    const isWhole = first === '{' && last.toString('latin1').trimEnd().endsWith('}');
    if (response.statusCode !== 200) {
      done(bytes, `status ${response.statusCode ?? 0}`);
    } else if (bytes < minBytes || !isWhole) {
      done(bytes, `${bytes} bytes, which is not the whole response`);
    } else {
      done(bytes, undefined);
    }
  });
}

function resultOf(landed: readonly Landed[], elapsedMs: number): BurstResult {
  return {
    elapsedMs,
    latenciesMs: landed.map(({ ms }) => ms),
    bytes: landed.reduce((sum, { bytes }) => sum + bytes, 0),
    faults: landed.flatMap(({ fault }) => (fault === undefined ? [] : [fault])),
  };
}

function obey(order: LoadOrder): void {
  switch (order.kind) {
    case 'burst':
      void run(order).then((result) => process.send?.(result));
      return;
    case 'probe': {
      let isOver = false;
      stopProbing = () => {
        isOver = true;
      };
      probing = probe(order, () => isOver);
      return;
    }
    case 'probed':
      stopProbing();
      void (probing ?? Promise.resolve([])).then((landed) => process.send?.(resultOf(landed, 0)));
  }
}

process.on('message', (order) => {
  obey(order as LoadOrder);
});
