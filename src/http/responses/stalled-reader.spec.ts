import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { requestContexts } from '../../../test/request-contexts';
import { dropWhenStalled } from './stalled-reader';
import { writeInPieces } from './write-in-pieces';

const BYTES = 24 * 1024 * 1024;
const CHECK_INTERVAL_MS = 100;

describe('a slow client', () => {
  let server: Server;
  let ended: Promise<'whole' | 'dropped'>;
  let clock: () => number;
  let call: ClientRequest;

  beforeEach(async () => {
    ended = new Promise((resolve) => {
      const contexts = requestContexts();
      server = createServer((_request, response) => {
        contexts.open(response);
        dropWhenStalled(response, CHECK_INTERVAL_MS, () => clock());
        const chunks = Array.from({ length: BYTES / 65_536 }, () => Buffer.alloc(65_536));
        void writeInPieces(response, chunks).then((isWhole) => {
          response.end();
          resolve(isWhole ? 'whole' : 'dropped');
        });
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    call.destroy();
    server.closeAllConnections();
    server.close();
  });

  async function begin(): Promise<IncomingMessage> {
    call = httpRequest({ port: (server.address() as AddressInfo).port });
    call.on('error', () => undefined);
    call.end();
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    response.on('error', () => undefined);
    return response.pause();
  }

  it('is dropped when it stops', async () => {
    let now = 0;
    clock = () => (now += 15_000);
    await begin();
    expect(await ended).toBe('dropped');
  });

  // Only Linux tells what the client has not acknowledged yet: elsewhere this reader looks stalled.
  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('is waited for while it reads, however little the kernel takes', async () => {
    // Time passes by what the client reads, 5 KB/s, however slow the machine is. One that stops is
    // dropped after 90 s, which is 30 sips; the kernel asks for more bytes after hundreds.
    let now = 0;
    clock = () => now;
    const response = await begin();
    let taken = 0;
    const over = ended.then(() => 'over');
    for (let sip = 0; sip < 150; sip += 1) {
      const bytes = (response.read(16_384) ?? response.read()) as Buffer | null;
      taken += bytes?.length ?? 0;
      now += 3000;
      expect(await Promise.race([over, sleep(20)])).toBeUndefined();
    }
    expect(taken).toBeLessThan(BYTES);
    response.resume();
    expect(await ended).toBe('whole');
  });
});
