import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { requestContexts } from '../../../test/request-contexts';
import { until } from '../../../test/until';
import { respondToBrokenRequests } from './broken-request';

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const GARBAGE = 'NONSENSE\r\n\r\n';
const CONNECT = 'CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n';
const POST = 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';

describe('respondToBrokenRequests', () => {
  let server: Server;
  const open: ServerResponse[] = [];

  beforeEach(async () => {
    open.length = 0;
    const contexts = requestContexts();
    server = createServer((request, response) => {
      contexts.open(response);
      if (request.url === '/held') {
        // As at the end of a turn of the event loop: see `BodySource.hold`.
        response.socket?.pause();
      }
      open.push(response);
      server.emit('opened');
    });
    // Node's own time-out for an idle connection must end no test before the test does.
    server.keepAliveTimeout = 720_000;
    respondToBrokenRequests(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  /** A client that has sent some bytes, once that many requests have come. */
  async function visit(bytes: string, requests: number) {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
    socket.on('error', () => undefined);
    const closed = once(socket, 'close');
    socket.write(bytes);
    while (open.length < requests) {
      await once(server, 'opened');
    }
    return {
      /** What is broken, once the server knows. */
      write: async (broken: string) => {
        const told = once(server, 'clientError');
        socket.write(broken);
        await told;
      },
      end: () => socket.destroy(),
      /** All that came, status lines and bodies alone. */
      heard: async () => {
        await closed;
        return text.match(/HTTP\/1\.1 \d+|<\w+>/g);
      },
    };
  }
  const connections = (): Promise<number> =>
    new Promise((resolve) => {
      server.getConnections((_error, count) => {
        resolve(count);
      });
    });
  const at = (index: number): ServerResponse => {
    const response = open[index];
    if (response === undefined) {
      throw new Error('no such request');
    }
    return response;
  };

  it('waits for a response that has begun, and for those behind it', async () => {
    const client = await visit(GET + GET, 2);
    at(0).write('<a>');
    await client.write(GARBAGE);
    at(1).end('<c>');
    at(0).write('<b>');
    at(0).end();
    expect(await client.heard()).toEqual(['HTTP/1.1 200', '<a>', '<b>', 'HTTP/1.1 200', '<c>']);
  });

  it('waits for one that has yet to begin', async () => {
    const client = await visit(GET, 1);
    await client.write(GARBAGE);
    at(0).end('<a>');
    expect(await client.heard()).toEqual(['HTTP/1.1 200', '<a>']);
  });

  it('sends nothing after the last response of a connection', async () => {
    const client = await visit(GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'), 1);
    await client.write(GET);
    at(0).end('<a>');
    expect(await client.heard()).toEqual(['HTTP/1.1 200', '<a>']);
  });

  it('responds at once if no request is running', async () => {
    const client = await visit(GET, 1);
    at(0).end('<a>');
    await once(at(0), 'close');
    await client.write(GARBAGE);
    expect(await client.heard()).toEqual(['HTTP/1.1 200', '<a>', 'HTTP/1.1 400']);
  });

  it('responds to a broken body instead of its handler', async () => {
    const client = await visit(POST, 1);
    await client.write('zz\r\n');
    expect(await client.heard()).toEqual(['HTTP/1.1 400']);
  });

  it('lets a response to a body end that is broken behind its beginning', async () => {
    const client = await visit(POST, 1);
    at(0).write('<a>');
    await client.write('zz\r\n');
    at(0).end('<b>');
    expect(await client.heard()).toEqual(['HTTP/1.1 200', '<a>', '<b>']);
  });

  it('lets the responses before a broken body go first', async () => {
    const client = await visit(GET + POST, 2);
    await client.write('zz\r\n');
    at(0).end('<a>');
    at(1).end('<b>');
    expect(await client.heard()).toEqual(['HTTP/1.1 200', '<a>', 'HTTP/1.1 200', '<b>']);
  });

  it('responds to a broken body in its turn if its handler waits for the rest', async () => {
    const client = await visit(GET + POST, 2);
    await client.write('zz\r\n');
    at(0).write('<a>');
    at(0).end('<b>');
    expect(await client.heard()).toEqual(['HTTP/1.1 200', '<a>', '<b>', 'HTTP/1.1 400']);
  });

  it('sends nothing if a body breaks after its response', async () => {
    const client = await visit(POST, 1);
    at(0).end('<a>');
    await once(at(0), 'close');
    await client.write('zz\r\n');
    expect(await client.heard()).toEqual(['HTTP/1.1 200', '<a>']);
  });

  it.each(['/', '/held'])('lets go of a CONNECT behind a request for %s', async (target) => {
    const client = await visit(GET.replace('/', target) + CONNECT, 1);
    at(0).end('<a>');
    expect(await client.heard()).toEqual(['HTTP/1.1 200', '<a>']);
    await until(async () => (await connections()) === 0);
  });

  it('cuts off a CONNECT whose client keeps its end open', async () => {
    const port = (server.address() as AddressInfo).port;
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).resume();
    socket.on('error', () => undefined);
    socket.write(GET + CONNECT);
    await until(() => open.length === 1);
    at(0).end('<a>');
    await until(async () => (await connections()) === 0);
    socket.destroy();
  });

  it('disconnects clients that do not leave by themselves, and forgets those that do', async () => {
    const client = await visit(GET, 1);
    await client.write(GARBAGE);
    client.end();
    await once(at(0), 'close');
    expect(await client.heard()).toBeNull();
  });
});
