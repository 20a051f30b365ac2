import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { requestContexts } from '../../../test/request-contexts';
import { dropWhenStalled } from './stalled-reader';
import { writeInPieces } from './write-in-pieces';

const BYTES = 24 * 1024 * 1024;
const LOOK_MS = 100;

/** A client's time passes 150 times as fast: each look is 15 s after the one before. */
function fastClock(): () => number {
  let now = 0;
  return () => (now += 15_000);
}

describe('a client that takes its time', () => {
  let server: Server;
  let ended: Promise<'whole' | 'dropped'>;

  beforeEach(async () => {
    ended = new Promise((resolve) => {
      const contexts = requestContexts();
      server = createServer((_request, response) => {
        contexts.open(response);
        dropWhenStalled(response, LOOK_MS, fastClock());
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
    server.closeAllConnections();
    server.close();
  });

  async function begin(): Promise<IncomingMessage> {
    const call = httpRequest({ port: (server.address() as AddressInfo).port });
    call.on('error', () => undefined);
    call.end();
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    response.on('error', () => undefined);
    return response.pause();
  }

  it('is dropped when it stops', async () => {
    await begin();
    expect(await ended).toBe('dropped');
  });

  // Only Linux tells what the client has not acknowledged yet: elsewhere this reader looks stalled.
  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('is waited for while it reads, however little the kernel takes', async () => {
    const response = await begin();
    let taken = 0;
    const over = ended.then(() => 'over');
    // 400 KB/s: the kernel asks for more every 3 s, and one that stops is dropped after 0.6 s.
    for (let sip = 0; sip < 100; sip += 1) {
      const bytes = (response.read(16_384) ?? response.read()) as Buffer | null;
      taken += bytes?.length ?? 0;
      expect(await Promise.race([over, sleep(40)])).toBeUndefined();
    }
    expect(taken).toBeLessThan(BYTES);
    response.resume();
    expect(await ended).toBe('whole');
  });
});
