import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { pipelined, MAX_CONCURRENT, MAX_WAITING } from './request-pipeline';

describe('pipelined', () => {
  let server: Server;
  let client: Socket;
  let received: string;
  /** Those that have begun and have no response yet. */
  let atWork: ServerResponse[];
  let begun: string[];
  let mostAtWork: number;

  beforeEach(async () => {
    [received, atWork, begun, mostAtWork] = ['', [], [], 0];
    server = createServer(
      pipelined(({ url = '' }, response) => {
        begun.push(url);
        atWork.push(response);
        mostAtWork = Math.max(mostAtWork, atWork.length);
      }),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = newClient();
  });
  afterEach(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });

  function newClient(): Socket {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.setEncoding('latin1').on('error', () => undefined);
    return socket.on('data', (text) => (received += String(text)));
  }

  function requests(count: number, from = 0): string {
    return Array.from(
      { length: count },
      (_, index) => `GET /${from + index} HTTP/1.1\r\nHost: x\r\n\r\n`,
    ).join('');
  }

  async function untilBegun(count: number): Promise<void> {
    while (begun.length < count) {
      await sleep(5);
    }
  }

  /** Whatever is still on its way has arrived after this. */
  async function settle(): Promise<void> {
    await sleep(100);
  }

  function respond(): void {
    const response = atWork.shift();
    response?.end(response.req.url);
  }

  /** Responds to each as it begins, until so many have their response. */
  async function respondTo(count: number): Promise<void> {
    for (let responses = 0; responses < count; responses += 1) {
      while (atWork.length === 0) {
        await sleep(1);
      }
      respond();
    }
  }

  it('serves a few of a connection at a time, each after those before it', async () => {
    client.write(requests(3 * MAX_CONCURRENT));
    await untilBegun(MAX_CONCURRENT);
    await settle();
    expect(begun).toHaveLength(MAX_CONCURRENT);
    respond();
    await untilBegun(MAX_CONCURRENT + 1);
    await settle();
    expect(begun).toHaveLength(MAX_CONCURRENT + 1);
    await respondTo(3 * MAX_CONCURRENT - 1);
    await settle();
    const order = Array.from({ length: 3 * MAX_CONCURRENT }, (_, index) => `/${index}`);
    expect(begun).toEqual(order);
    expect(received.match(/\/\d+(?=HTTP|$)/g)).toEqual(order);
    expect(mostAtWork).toBe(MAX_CONCURRENT);
  });

  it('counts each connection by itself', async () => {
    client.write(requests(2 * MAX_CONCURRENT));
    await untilBegun(MAX_CONCURRENT);
    const other = newClient();
    other.write(requests(1, 999));
    await untilBegun(MAX_CONCURRENT + 1);
    expect(begun).toContain('/999');
    other.destroy();
  });

  it('never begins what waits when the client has gone', async () => {
    client.write(requests(3 * MAX_CONCURRENT));
    await untilBegun(MAX_CONCURRENT);
    const [first] = atWork;
    client.destroy();
    await once(first as ServerResponse, 'close');
    await settle();
    expect(begun).toHaveLength(MAX_CONCURRENT);
  });

  it('begins nothing behind a response that ends the connection', async () => {
    client.write(requests(3 * MAX_CONCURRENT));
    await untilBegun(MAX_CONCURRENT);
    const ended = once(client, 'close');
    atWork.shift()?.setHeader('Connection', 'close').end('last');
    await ended;
    await settle();
    expect(begun).toHaveLength(MAX_CONCURRENT);
  });

  it('reads no further while many wait, and goes on with them afterwards', async () => {
    const connections: Socket[] = [];
    server.on('request', ({ socket }) => connections.push(socket));
    const count = 20_000;
    client.write(requests(count));
    await untilBegun(MAX_CONCURRENT);
    await settle();
    const [socket] = connections;
    // What was parsed is one read of Node's, 64 KiB, beyond those that may wait.
    expect(connections.length).toBeLessThan(MAX_WAITING + 8000);
    expect(socket?.bytesRead).toBeLessThan(256 * 1024);
    await respondTo(count);
    expect(begun).toHaveLength(count);
    expect(mostAtWork).toBe(MAX_CONCURRENT);
  });

  it('reads no further while many wait, though bodies are being read', async () => {
    let arrived = 0;
    let mostWaiting = 0;
    server.removeAllListeners('request');
    const serve = pipelined((request, response) => {
      begun.push(request.url ?? '');
      // Node resumes the connection whenever a body is read.
      request.resume().once('end', () => atWork.push(response));
    });
    server.on('request', (request, response) => {
      arrived += 1;
      mostWaiting = Math.max(mostWaiting, arrived - begun.length);
      serve(request, response);
    });
    const count = 20_000;
    const post = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody';
    client.write(post.repeat(count));
    await respondTo(count);
    expect(begun).toHaveLength(count);
    // Two reads of Node's, 64 KiB each, beyond those that may wait.
    expect(mostWaiting).toBeLessThan(MAX_WAITING + (2 * 65_536) / post.length);
  });

  it('reads the body of a request that has waited', async () => {
    const bodies: string[] = [];
    server.removeAllListeners('request');
    server.on(
      'request',
      pipelined((request, response) => {
        begun.push(request.url ?? '');
        atWork.push(response);
        let body = '';
        request.setEncoding('latin1').on('data', (text) => (body += String(text)));
        request.on('end', () => bodies.push(body));
      }),
    );
    const body = 'b'.repeat(1_000_000);
    client.write(requests(MAX_CONCURRENT));
    client.write(`POST /last HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await untilBegun(MAX_CONCURRENT);
    await settle();
    expect(begun).not.toContain('/last');
    respond();
    await untilBegun(MAX_CONCURRENT + 1);
    while (!bodies.includes(body)) {
      await sleep(5);
    }
  });
});
