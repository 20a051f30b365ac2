import { PassThrough, Readable } from 'node:stream';
import { readAnswerStream, readDocument, readEvents } from './answer-stream';

const OPEN = 'data: {"image":1}\n\n';
const LAST = 'data: {"last":true}\n\n';

/** Reads a stream of events; the one with `last` is taken for the last word. */
async function eventsOf(stream: Readable, signal: AbortSignal) {
  const told: unknown[] = [];
  const result = await readAnswerStream(200, stream, signal, (chunks, hangUp) =>
    readEvents(chunks, hangUp, (event) => {
      told.push(event);
      return typeof event === 'object' && event !== null && 'last' in event;
    }),
  );
  return { told, result };
}

describe('a stream of events', () => {
  const signal = new AbortController().signal;

  it.each<[string, (stream: PassThrough) => void]>([
    ['ends', (stream) => stream.end()],
    ['stays open', () => undefined],
    ['breaks off', (stream) => setTimeout(() => stream.destroy(new Error('reset')), 20)],
    ['says no JSON', (stream) => stream.write('data: oops\n\n')],
    ['says half an event', (stream) => stream.end('data: {"a')],
    ['turns into an error', (stream) => stream.write('data: {"error":{"code":503}}\n\n')],
  ])('is whole when it %s after the last word', async (_name, goOn) => {
    const stream = new PassThrough();
    stream.write(OPEN + LAST);
    goOn(stream);
    expect(await eventsOf(stream, signal)).toEqual({
      told: [{ image: 1 }, { last: true }],
      result: { ok: true },
    });
    expect(stream.destroyed).toBe(true);
  });

  it('is whole when it is aborted after the last word', async () => {
    const abort = new AbortController();
    const stream = new PassThrough();
    stream.write(LAST);
    setTimeout(() => {
      abort.abort();
    }, 20);
    expect((await eventsOf(stream, abort.signal)).result).toEqual({ ok: true });
  });

  it.each<[string, (stream: PassThrough) => void, string]>([
    ['breaks off', (stream) => setTimeout(() => stream.destroy(new Error('reset')), 20), 'passing'],
    ['says no JSON', (stream) => stream.write('data: oops\n\n'), 'passing'],
    [
      'turns into an error',
      (stream) => stream.write('data: {"error":{"code":503}}\n\n'),
      'overloaded',
    ],
  ])('has failed when it %s before, but what it said was told', async (_name, goOn, kind) => {
    const stream = new PassThrough();
    stream.write(OPEN);
    goOn(stream);
    expect(await eventsOf(stream, signal)).toMatchObject({
      told: [{ image: 1 }],
      result: { ok: false, failure: { kind } },
    });
  });

  it('hides no fault of ours behind the last word', async () => {
    const fault = new TypeError('ours');
    const stream = Readable.from([Buffer.from(LAST + OPEN)]);
    let events = 0;
    const reading = readAnswerStream(200, stream, signal, (chunks, hangUp) =>
      readEvents(chunks, hangUp, () => {
        events += 1;
        if (events > 1) {
          throw fault;
        }
        return true;
      }),
    );
    await expect(reading).rejects.toBe(fault);
  });
});

describe('a document', () => {
  const read = (text: string) =>
    readAnswerStream(
      200,
      Readable.from([Buffer.from(text)]),
      new AbortController().signal,
      readDocument,
    );

  it('is an error by what it says, though its status be 200', async () => {
    expect(await read('{"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}')).toMatchObject({
      ok: false,
      failure: { kind: 'rate_limit' },
    });
  });

  it('is an answer otherwise', async () => {
    expect(await read('{"candidates":[]}')).toEqual({ ok: true, answer: { candidates: [] } });
  });
});

describe('a fast stream', () => {
  it('gives the loop away before it has taken a megabyte', async () => {
    const chunk = Buffer.alloc(64 * 1024, ' ');
    const stream = Readable.from(Array.from({ length: 64 }, () => chunk));
    let inTurn = 0;
    let most = 0;
    let ticking = true;
    const tick = (): void => {
      inTurn = 0;
      if (ticking) {
        setImmediate(tick);
      }
    };
    tick();
    await readAnswerStream(200, stream, new AbortController().signal, async (chunks) => {
      for await (const { length } of chunks) {
        inTurn += length;
        most = Math.max(most, inTurn);
      }
      return { ok: true };
    });
    ticking = false;
    expect(most).toBeLessThanOrEqual(1024 * 1024);
  });
});
