import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { clientGone } from './client-gone';

describe('clientGone', () => {
  let server: Server;

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  /** A raw client and the response that the server would give it. */
  async function visit() {
    server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
    return { socket, response };
  }

  function heard(response: ServerResponse) {
    const events: string[] = [];
    clientGone(response).subscribe({
      next: () => events.push('gone'),
      complete: () => events.push('complete'),
    });
    return events;
  }

  it('tells when the client hangs up', async () => {
    const { socket, response } = await visit();
    const events = heard(response);
    socket.destroy();
    await once(response, 'close');
    expect(events).toEqual(['gone', 'complete']);
  });

  it('tells it to those who ask too late, too', async () => {
    const { socket, response } = await visit();
    socket.destroy();
    await once(response, 'close');
    expect(heard(response)).toEqual(['gone', 'complete']);
  });

  it('says nothing when the answer was sent whole', async () => {
    const { socket, response } = await visit();
    const events = heard(response);
    response.end('done');
    await once(response, 'close');
    socket.destroy();
    await sleep(10);
    expect(events).toEqual(['complete']);
  });

  it('leaves no listener behind', async () => {
    const { response } = await visit();
    const before = response.listenerCount('close');
    clientGone(response).subscribe().unsubscribe();
    expect(response.listenerCount('close')).toBe(before);
  });
});
