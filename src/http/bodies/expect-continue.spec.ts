import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { holdBackContinue, inviteBody } from './expect-continue';

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const WAITS =
  'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n';

describe('inviteBody', () => {
  let server: Server;
  const open: ServerResponse[] = [];

  beforeEach(async () => {
    open.length = 0;
    server = createServer((request, response) => {
      inviteBody(request, response);
      open.push(response);
      server.emit('opened');
    });
    holdBackContinue(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  /** Sends requests at once, has them responded to in this order, and tells what came. */
  async function heard(requests: string, order: readonly number[]) {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
    const closed = once(socket, 'close');
    socket.write(requests);
    while (open.length < order.length) {
      await once(server, 'opened');
    }
    for (const index of order) {
      open[index]?.end(Buffer.from(`<${index}>`));
    }
    await closed;
    return text.match(/HTTP\/1\.1 \d+|<\d>/g);
  }

  it('is sent before the response', async () => {
    expect(await heard(WAITS, [0])).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200', '<0>']);
  });

  it('is not sent in HTTP/1.0, which has no such status', async () => {
    expect(await heard(WAITS.replace('HTTP/1.1', 'HTTP/1.0'), [0])).toEqual([
      'HTTP/1.1 200',
      '<0>',
    ]);
  });

  it('waits until the response before it is whole', async () => {
    const text = heard(GET + WAITS, [0]);
    while (open.length < 2) {
      await once(server, 'opened');
    }
    const [, second] = open;
    if (second?.socket === null) {
      await once(second, 'socket');
    }
    second?.end(Buffer.from('<1>'));
    expect(await text).toEqual(['HTTP/1.1 200', '<0>', 'HTTP/1.1 100', 'HTTP/1.1 200', '<1>']);
  });

  it('is not sent if the response is ready before its turn', async () => {
    expect(await heard(GET + WAITS, [1, 0])).toEqual([
      'HTTP/1.1 200',
      '<0>',
      'HTTP/1.1 200',
      '<1>',
    ]);
  });
});
