import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { until } from '../../../test/until';
import { acceptedBytes } from './accepted-bytes';

const BYTES = 32 * 1024 * 1024;

describe('acceptedBytes', () => {
  let server: Server;
  let client: Socket;
  let socket: Socket;

  beforeEach(async () => {
    server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const connected = once(server, 'connection') as Promise<[Socket]>;
    client = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
    [socket] = await connected;
  });
  afterEach(() => {
    client.destroy();
    socket.destroy();
    server.close();
  });

  it('grows within one write as the client reads', async () => {
    const written = new Promise((resolve) => socket.write(Buffer.alloc(BYTES), resolve));
    const atFirst = acceptedBytes(socket);
    expect(atFirst).toBeLessThan(BYTES);
    let taken = 0;
    const sip = (bytes: Buffer): void => {
      taken += bytes.length;
      if (taken > BYTES / 2) {
        client.off('data', sip).pause();
      }
    };
    client.on('data', sip).resume();
    await until(() => taken > BYTES / 2);
    await until(() => acceptedBytes(socket) >= taken);
    expect(acceptedBytes(socket)).toBeLessThan(BYTES);
    expect(atFirst).toBeLessThan(acceptedBytes(socket));
    client.resume();
    await written;
    expect(acceptedBytes(socket)).toBe(BYTES);
  });

  it('is the socket’s count if Node reports no more', () => {
    const other = { bytesWritten: 1000, writableLength: 300, _handle: {} } as unknown as Socket;
    expect(acceptedBytes(other)).toBe(700);
  });
});
