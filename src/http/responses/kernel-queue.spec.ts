import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { queueIn, unacknowledgedBytes } from './kernel-queue';

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const tables = {
  ipv4:
    `${HEAD}   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 170 1\n` +
    '   1: 0100007F:1F90 0200000A:C6F8 01 0004A3F0:00000000 01:00000014 00000000     0        0 171 3\n',
  ipv6:
    `${HEAD}   0: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000200007F:C6F8 01 000000FF:00000000 00:00000000\n` +
    '   1: B80D0120000000000000000001000000:0050 B80D0120000000000000000002000000:C6F8 01 00000010:00000000 00:00000000\n',
};

describe('the queue of a connection', () => {
  it.each<[string, string, number, string, number, number | undefined]>([
    ['IPv4', '127.0.0.1', 8080, '10.0.0.2', 50936, 0x4a3f0],
    ['IPv4 on a socket of IPv6', '::ffff:127.0.0.1', 8080, '::ffff:127.0.0.2', 50936, 0xff],
    ['IPv6', '2001:db8::1', 80, '2001:db8::2', 50936, 0x10],
    ['one that is not there', '127.0.0.1', 8080, '10.0.0.2', 50937, undefined],
    ['no address', 'somewhere', 8080, '10.0.0.2', 50936, undefined],
  ])('%s', (_name, localAddress, localPort, remoteAddress, remotePort, expected) => {
    expect(queueIn(tables, { localAddress, localPort, remoteAddress, remotePort })).toBe(expected);
  });

  it('is not known of a socket that has no ends any more', () => {
    expect(queueIn(tables, {})).toBeUndefined();
  });

  // The figure is read from /proc/net/tcp, which only Linux has.
  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('falls as the other end reads', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
    const [socket] = (await once(server, 'connection')) as [Socket];
    socket.write(Buffer.alloc(16 * 1024 * 1024));
    let full = 0;
    while (full === 0) {
      await sleep(20);
      full = (await unacknowledgedBytes(socket, 0)) ?? 0;
    }
    client.resume();
    let rest: number | undefined = full;
    while (rest !== 0) {
      await sleep(20);
      rest = await unacknowledgedBytes(socket, 0);
    }
    client.destroy();
    server.close();
  });
});
