import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { startProcess, type EaselProcess } from '../easel-process';
import { markedImage } from '../marked-image';
import { imagePart, respond } from '../scripted-upstream';

const IMAGE_BYTES = 60_000;
const WARM_UP_REQUESTS = 1000;
const REQUESTS = 2000;

/** Older than Node 24. */
const IS_OLDER = /^2[02]\./.test(process.versions.node);

/**
 * How many bytes of a request may move to the old generation: rows of the ledger, which wait for
 * the database, and requests in progress. On Node 20, 22 and 24, 7 to 9, 10 and 3 to 5 KB did with
 * 16 requests at once, 12, 10 and 15 KB with 64, and 11, 2 and 16 to 21 KB without kept-alive
 * connections. If something keeps finished requests alive, it is 15 to 24 KB.
 */
const CASES: readonly [atOnce: number, keepsAlive: boolean, maxBytes: number][] = [
  [16, true, IS_OLDER ? 13_000 : 9000],
  [64, true, 18_500],
];

/** On Node 24, closed connections are moved there for a reason that is not known. */
const CLOSING_CASES: typeof CASES = IS_OLDER ? [[16, false, 18_000]] : [];

/** Requests that are slow because the machine is busy may be in progress for two collections. */
const TRIES = 5;

/** Fewer young collections show nothing. If the machine is busy, there may be only full ones. */
const LEAST_COLLECTIONS = 4;

/** What V8 has done since the last question. */
interface Collections {
  readonly promotedBytes: number;
  readonly youngCollections: number;
  readonly fullCollections: number;
}

/** See decision 28. */
describe('the garbage of finished requests', () => {
  const folder = mkdtempSync(join(tmpdir(), 'easel-'));
  const upstream = createServer();
  let easel: EaselProcess;
  let url: string;

  beforeAll(async () => {
    const { base64 } = await markedImage(0x1234, IMAGE_BYTES);
    const body = Buffer.from(JSON.stringify(respond([imagePart(base64)], 'STOP')));
    upstream.on('request', (request: IncomingMessage, response) => {
      request.resume().once('end', () => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(body);
      });
    });
    upstream.listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    const { port } = upstream.address() as AddressInfo;
    const baseUrl = `http://127.0.0.1:${port}`;
    const account = {
      email: 'a@test',
      provider: 'gemini',
      apiKey: 'k',
      baseUrl,
      maxConcurrency: 64,
    };
    const file = join(folder, 'accounts.json');
    writeFileSync(file, JSON.stringify({ accounts: [account] }));
    easel = startProcess(
      {
        ACCOUNTS_FILE: file,
        PROXY_AUTH_MODE: 'off',
        DATABASE_URL: '',
        DATA_DIR: folder,
        SLAB_POISON: 'off',
      },
      require.resolve('../gc-watch.cjs'),
    );
    url = await easel.url();
  });
  afterAll(async () => {
    easel.child.kill('SIGTERM');
    await easel.exit;
    upstream.close().closeAllConnections();
    rmSync(folder, { recursive: true });
  });

  async function generate(agent: Agent): Promise<void> {
    const request = httpRequest(`${url}/v1/images/generations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      agent,
    });
    request.end('{"prompt":"x"}');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await finished(response.resume());
    expect(response.statusCode).toBe(200);
  }

  async function load(requests: number, atOnce: number, agent: Agent): Promise<void> {
    let left = requests;
    const client = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await generate(agent);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, client));
  }

  async function watched(): Promise<Collections> {
    const told = once(easel.child, 'message');
    easel.child.send('');
    const [figures] = (await told) as [Collections];
    return figures;
  }

  /**
   * Bytes that young collections have moved, per request whose garbage they collected: a full
   * collection also empties the young generation. Infinity if there were too few to tell.
   */
  async function promotedPerRequest(atOnce: number, agent: Agent): Promise<number> {
    await load(WARM_UP_REQUESTS, atOnce, agent);
    await watched();
    await load(REQUESTS, atOnce, agent);
    const { promotedBytes, youngCollections: young, fullCollections: full } = await watched();
    return young < LEAST_COLLECTIONS
      ? Infinity
      : promotedBytes / (REQUESTS * (young / (young + full)));
  }

  it.each([...CASES, ...CLOSING_CASES])(
    'hardly moves to the old generation, with %i requests at once and kept-alive connections: %s',
    async (atOnce, keepAlive, maxBytes) => {
      const agent = new Agent({ keepAlive });
      const tries: number[] = [];
      while (tries.length < TRIES && !tries.some((bytes) => bytes < maxBytes)) {
        tries.push(await promotedPerRequest(atOnce, agent));
      }
      agent.destroy();
      expect(Math.min(...tries)).toBeLessThan(maxBytes);
    },
  );
});
