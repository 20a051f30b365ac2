import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import express, { type Response } from 'express';
import { requestContexts } from '../../../test/request-contexts';
import { until } from '../../../test/until';
import { ClientGoneError } from '../../context/client-gone.error';
import { contextOf } from '../../context/request-contexts';
import { GatewayError } from '../../errors/gateway-error';
import { JsonBlob } from '../../json/json-blob';
import { PIECE_BYTES } from './write-in-pieces';
import { SseWriter, type SseDialect } from './sse-writer';

const DIALECT: SseDialect = {
  errorEvent: (body) => ({ name: 'error', data: { type: 'error', ...body } }),
};

describe('SseWriter', () => {
  let server: Server;

  /** A server that responds by this, and its client once it has the headers. */
  async function respondBy(by: (response: Response) => void): Promise<IncomingMessage> {
    const app = express();
    const contexts = requestContexts();
    app.get('/', (_incoming, response) => {
      contexts.open(response);
      by(response);
    });
    server = createServer(app);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const call = request({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
    call.on('error', () => undefined).end();
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    return response;
  }
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function textOf(response: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of response) {
      chunks.push(chunk as Buffer);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  it('writes events of one line each, with unchanged images', async () => {
    const image = new JsonBlob([Buffer.from('iVBO'), Buffer.from('Rw0=')], true);
    const response = await respondBy((out) => {
      const writer = new SseWriter(out, DIALECT);
      writer.send({ name: 'first', data: { text: 'a\nb', image } });
      writer.send({ name: 'second', data: {} });
      writer.end();
    });
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
      'openai-version': '2020-10-01',
    });
    expect(await textOf(response)).toBe(
      'event: first\ndata: {"text":"a\\nb","image":"iVBORw0="}\n\nevent: second\ndata: {}\n\n',
    );
  });

  it('begins with a comment after a long silence, and writes more between events', async () => {
    const response = await respondBy((out) => {
      const writer = new SseWriter(out, DIALECT, 30);
      void (async () => {
        await sleep(100);
        writer.send({ name: 'late', data: {} });
        await sleep(100);
        writer.end();
      })();
    });
    const text = await textOf(response);
    expect(text).toMatch(/^(: keepalive\n\n)+event: late\ndata: \{\}\n\n(: keepalive\n\n)+$/);
  });

  it('rethrows the error if nothing was sent', async () => {
    const fault = new GatewayError({ kind: 'quota_exhausted' });
    const response = await respondBy((out) => {
      const writer = new SseWriter(out, DIALECT, 20);
      expect(() => {
        writer.fail(fault);
      }).toThrow(fault);
      // No comment comes after that.
      setTimeout(() => out.status(429).json({}), 60);
    });
    expect(response.statusCode).toBe(429);
    expect(await textOf(response)).toBe('{}');
  });

  it.each<[string, (writer: SseWriter) => Promise<unknown>]>([
    [
      'after an event',
      (writer) => {
        writer.send({ name: 'x', data: {} });
        return Promise.resolve();
      },
    ],
    ['after a comment', () => sleep(50)],
  ])('ends with a nested error event %s', async (_name, begin) => {
    const notes: unknown[] = [];
    const response = await respondBy((out) => {
      const writer = new SseWriter(out, DIALECT, 20);
      void begin(writer).then(() => {
        writer.fail(new GatewayError({ kind: 'rate_limited', retryAfterSeconds: 7 }));
        notes.push(contextOf(out).outcome);
      });
    });
    const events = (await textOf(response)).split('\n\n').filter((block) => block !== '');
    const [name, data = ''] = events.at(-1)?.split('\n') ?? [];
    expect(name).toBe('event: error');
    expect(JSON.parse(data.replace('data: ', ''))).toEqual({
      type: 'error',
      error: {
        message: expect.stringContaining('7s') as string,
        type: 'rate_limit_error',
        param: null,
        code: 'rate_limit_exceeded',
      },
    });
    expect(notes).toEqual([
      { fault: 'rate_limited', subject: {}, statusAfterStart: 429, records: [] },
    ]);
  });

  it('omits event names, and ends with a final line, if the dialect says so', async () => {
    const chat: SseDialect = { errorEvent: (data) => ({ data }), lastData: '[DONE]' };
    const response = await respondBy((out) => {
      const writer = new SseWriter(out, chat);
      writer.send({ data: { text: 'a' } });
      writer.fail(new GatewayError({ kind: 'quota_exhausted' }));
    });
    expect(await textOf(response)).toMatch(
      /^data: \{"text":"a"\}\n\ndata: \{"error":\{"message":.*\}\}\n\ndata: \[DONE\]\n\n$/,
    );
  });

  it('waits for a client that does not read, with no more on the way than a socket takes', async () => {
    const event = { image: new JsonBlob([...pieces(400, 64 * 1024)], true) };
    let out: Response | undefined;
    const response = await respondBy((responding) => {
      out = responding;
      const writer = new SseWriter(responding, DIALECT, 20);
      writer.send({ name: 'large', data: event });
      writer.send({ name: 'small', data: {} });
      writer.end();
    });
    response.pause();
    await sleep(200);
    expect(out?.writableLength).toBeLessThan(PIECE_BYTES + 64 * 1024);
    expect(out?.writableEnded).toBe(false);
    const text = await textOf(response);
    // Who is behind with what has been sent needs no sign of life, so there is none in between.
    expect(text.replaceAll('A'.repeat(64 * 1024), '#')).toBe(
      `event: large\ndata: {"image":"${'#'.repeat(400)}"}\n\nevent: small\ndata: {}\n\n`,
    );
  });

  it('releases everything if the client hangs up before the response has its turn', async () => {
    const first = await respondBy((out) => {
      out.flushHeaders();
    });
    const { socket } = first;
    const begun = once(server, 'request') as Promise<[unknown, Response]>;
    // Behind the one that is still open, on the same connection: it has no socket yet, and never closes.
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const [, second] = await begun;
    const writer = new SseWriter(second, DIALECT, 10);
    let writes = 0;
    const write = second.write.bind(second) as (...all: unknown[]) => boolean;
    second.write = (...args: unknown[]) => {
      writes += 1;
      return write(...args);
    };
    const closed = new Promise<void>((resolve) => contextOf(second).onClosed(resolve));
    socket.destroy();
    await closed;
    writes = 0;
    writer.send({ name: 'late', data: {} });
    await sleep(60);
    expect(writes).toBe(0);
  });

  it('reports nothing for a client that hung up', async () => {
    const notes: unknown[] = [];
    const response = await respondBy((out) => {
      const writer = new SseWriter(out, DIALECT, 10);
      const context = contextOf(out);
      context.onClosed(() => {
        writer.fail(new ClientGoneError());
        notes.push(context.outcome);
      });
    });
    const closed = once(response, 'close');
    response.destroy();
    await closed;
    await until(() => notes.length > 0);
    expect(notes).toEqual([{ records: [] }]);
  });

  it('releases everything once the client hangs up', async () => {
    let writer: SseWriter | undefined;
    let closed: Promise<unknown> | undefined;
    const response = await respondBy((out) => {
      closed = once(out, 'close');
      writer = new SseWriter(out, DIALECT, 20);
      writer.send({ name: 'large', data: { image: new JsonBlob([...pieces(400, 65_536)], true) } });
    });
    response.destroy();
    await closed;
    writer?.send({ name: 'late', data: {} });
    writer?.fail(new GatewayError({ kind: 'shutting_down' }));
    await sleep(60);
    expect(response.errored).toBeNull();
  });
});

function* pieces(count: number, size: number): Generator<Buffer> {
  const piece = Buffer.alloc(size, 'A');
  for (let index = 0; index < count; index += 1) {
    yield piece;
  }
}
