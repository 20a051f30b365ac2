import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlabPool } from '../memory/slab-pool';
import { Slabs } from '../memory/slabs';
import { ConnectionPool } from '../wire/connection-pool';
import type { BodySink, IncomingBody } from '../wire/incoming-body';
import { readResponseBody } from './response-body';
import { DocumentReader } from './document-reader';
import { ErrorReader } from './error-reader';
import { EventReader } from './event-reader';

const OPEN = 'data: {"image":1}\n\n';
const LAST = 'data: {"last":true}\n\n';

/** A body that comes as the test says, as soon as somebody reads it. */
class ScriptedBody implements IncomingBody {
  isDestroyed = false;
  isRead = false;

  constructor(private readonly script: (sink: BodySink) => void | Promise<void>) {}

  read(_slabs: Slabs, sink: BodySink): void {
    this.isRead = true;
    void this.script(sink);
  }

  destroy(): void {
    this.isDestroyed = true;
  }
}

const says = (sink: BodySink, text: string): void => {
  sink.onBody(Buffer.from(text));
};

const breaksOff = async (sink: BodySink): Promise<void> => {
  await sleep(20);
  sink.onError(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
};

const slabs = new Slabs(new SlabPool());
const NEVER = new AbortController().signal;

/** Reads a stream of events; the one with `last` is taken for the last word. */
async function eventsOf(body: IncomingBody, signal: AbortSignal) {
  const told: unknown[] = [];
  const result = await readResponseBody(
    body,
    slabs,
    signal,
    (hangUp) =>
      new EventReader(
        hangUp,
        (event) => {
          told.push(event);
          return typeof event === 'object' && event !== null && 'last' in event;
        },
        100,
      ),
  );
  return { told, result };
}

describe('a stream of events', () => {
  it.each<[string, (sink: BodySink) => void | Promise<void>]>([
    [
      'ends',
      (sink) => {
        sink.onEnd();
      },
    ],
    ['stays open', () => undefined],
    ['breaks off', breaksOff],
    [
      'says no JSON',
      (sink) => {
        says(sink, 'data: oops\n\n');
      },
    ],
    [
      'says half an event',
      (sink) => {
        says(sink, 'data: {"a');
        sink.onEnd();
      },
    ],
    [
      'turns into an error',
      (sink) => {
        says(sink, 'data: {"error":{"code":503}}\n\n');
      },
    ],
  ])('is whole when it %s after the last word', async (_name, goOn) => {
    const body = new ScriptedBody((sink) => {
      says(sink, OPEN + LAST);
      return goOn(sink);
    });
    expect(await eventsOf(body, NEVER)).toEqual({
      told: [{ image: 1 }, { last: true }],
      result: { ok: true },
    });
    expect(body.isDestroyed).toBe(true);
  });

  it.each<[string, string]>([
    ['the image that STOP came before', '{"image":2}'],
    ['another last word', '{"last":true,"image":2}'],
  ])('is read on after the last word: %s', async (_name, more) => {
    const body = new ScriptedBody(async (sink) => {
      says(sink, LAST);
      await sleep(50);
      // In the middle of an event no silence is too long.
      says(sink, `data: ${more.slice(0, 5)}`);
      await sleep(300);
      says(sink, `${more.slice(5)}\n\n`);
      await sleep(50);
      sink.onEnd();
    });
    expect(await eventsOf(body, NEVER)).toEqual({
      told: [{ last: true }, JSON.parse(more)],
      result: { ok: true },
    });
  });

  it('is complete if it is aborted after the final part', async () => {
    const abort = new AbortController();
    const body = new ScriptedBody((sink) => {
      says(sink, LAST);
    });
    const reading = eventsOf(body, abort.signal);
    await sleep(20);
    abort.abort();
    expect((await reading).result).toEqual({ ok: true });
    expect(body.isDestroyed).toBe(true);
  });

  it.each<[string, (sink: BodySink) => void | Promise<void>, string]>([
    ['breaks off', breaksOff, 'transient'],
    [
      'says no JSON',
      (sink) => {
        says(sink, 'data: oops\n\n');
      },
      'transient',
    ],
    [
      'turns into an error',
      (sink) => {
        says(sink, 'data: {"error":{"code":503}}\n\n');
      },
      'overloaded',
    ],
  ])('has failed when it %s before, but what it said was told', async (_name, goOn, kind) => {
    const body = new ScriptedBody((sink) => {
      says(sink, OPEN);
      return goOn(sink);
    });
    expect(await eventsOf(body, NEVER)).toMatchObject({
      told: [{ image: 1 }],
      result: { ok: false, failure: { kind } },
    });
    expect(body.isDestroyed).toBe(true);
  });

  it('does not hide a fault of Easel after the final part', async () => {
    const fault = new TypeError('ours');
    const body = new ScriptedBody((sink) => {
      says(sink, LAST + OPEN);
    });
    let events = 0;
    const reading = readResponseBody(
      body,
      slabs,
      NEVER,
      (hangUp) =>
        new EventReader(hangUp, () => {
          events += 1;
          if (events > 1) {
            throw fault;
          }
          return true;
        }),
    );
    await expect(reading).rejects.toBe(fault);
    expect(body.isDestroyed).toBe(true);
  });
});

describe('a document', () => {
  const read = (body: IncomingBody, signal = NEVER) =>
    readResponseBody(body, slabs, signal, () => new DocumentReader());
  const readText = (text: string) =>
    read(
      new ScriptedBody((sink) => {
        says(sink, text);
        sink.onEnd();
      }),
    );

  it('is an error because of its content, even with status 200', async () => {
    expect(await readText('{"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}')).toMatchObject({
      ok: false,
      failure: { kind: 'rate_limit' },
    });
  });

  it('is a response otherwise', async () => {
    expect(await readText('{"candidates":[]}')).toEqual({ ok: true, response: { candidates: [] } });
  });

  it.each([
    ['breaks off', '{"candidates":[', false],
    ['ends too early', '{"candidates":[', true],
    ['is no JSON', '<html>', true],
  ])('is none when it %s', async (_name, text, ends) => {
    const body = new ScriptedBody((sink) => {
      says(sink, text);
      if (ends) {
        sink.onEnd();
      } else {
        sink.onError(new Error('reset'));
      }
    });
    expect(await read(body)).toMatchObject({ ok: false, failure: { kind: 'transient' } });
    expect(body.isDestroyed).toBe(true);
  });

  it('is given up at once when it is aborted: its memory is used again from then on', () => {
    const abort = new AbortController();
    const body = new ScriptedBody((sink) => {
      says(sink, '{"candidates":[');
    });
    const reading = read(body, abort.signal);
    abort.abort(new Error('gone'));
    expect(body.isDestroyed).toBe(true);
    return expect(reading).rejects.toThrow('gone');
  });

  it('is not even begun when it was aborted before', async () => {
    const body = new ScriptedBody(() => undefined);
    await expect(read(body, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    expect([body.isRead, body.isDestroyed]).toEqual([false, true]);
  });
});

describe('an error', () => {
  it('of more than Google ever writes is not read to its end', async () => {
    const pieces: number[] = [];
    const body = new ScriptedBody((sink) => {
      for (let piece = 0; piece < 20 && !body.isDestroyed; piece += 1) {
        pieces.push(piece);
        sink.onBody(Buffer.alloc(100_000, ' '));
      }
    });
    expect(await readResponseBody(body, slabs, NEVER, () => new ErrorReader(503))).toMatchObject({
      ok: false,
      failure: { kind: 'overloaded' },
    });
    expect(pieces).toHaveLength(11);
  });
});

describe('a fast response', () => {
  it('yields the event loop before it has read a megabyte', async () => {
    const upstream = createServer((_request, response) => {
      response.end(Buffer.alloc(16 * 1024 * 1024, ' '));
    });
    await new Promise<void>((done) => upstream.listen(0, '127.0.0.1', done));
    const url = new URL(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`);
    const head = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';
    const body = await new Promise<IncomingBody>((resolve, reject) => {
      new ConnectionPool().send(
        { url, head, body: [] },
        {
          onResponse: (response) => {
            resolve(response.body);
          },
          onError: reject,
        },
      );
    });
    // Until the sockets are full: megabytes, all there at once.
    await sleep(200);
    let taken = 0;
    let inTurn = 0;
    let most = 0;
    const tick = (): void => {
      inTurn = 0;
      if (taken < 16 * 1024 * 1024) {
        setImmediate(tick);
      }
    };
    tick();
    await readResponseBody<unknown>(body, slabs, NEVER, () => ({
      push: ({ length }) => {
        taken += length;
        inTurn += length;
        most = Math.max(most, inTurn);
      },
      end: () => taken,
      cutShort: () => undefined,
    }));
    upstream.closeAllConnections();
    upstream.close();
    expect(taken).toBe(16 * 1024 * 1024);
    expect(most).toBeLessThanOrEqual(1024 * 1024);
  });
});
