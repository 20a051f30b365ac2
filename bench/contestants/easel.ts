import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startQuietly, stopChild, untilReachable } from '../child';
import {
  openAiImages,
  openAiRequest,
  type Contestant,
  type ImageRequest,
  type RunningContestant,
} from '../contestant';
import { promptFor } from '../payload';
import { DIST } from '../places';
import { treeOf } from '../process-meter';

export const KEY = 'sk-of-the-benchmark';

export interface EaselSetup {
  readonly accounts: number;
  /** Arguments for Node itself. */
  readonly nodeArguments: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The API that is called, and how to read its responses. */
  readonly api: EaselApi;
}

/** The specifics of one of Easel's APIs. */
export type EaselApi = Pick<RunningContestant, 'imagesIn' | 'takesN' | 'linksImages'> & {
  ask(
    url: string,
    headers: Readonly<Record<string, string>>,
    prompt: string,
    n: number,
  ): ImageRequest;
};

const IMAGES_API: EaselApi = {
  ask: (url, headers, prompt, n) =>
    openAiRequest(url, { prompt, n, size: '1024x1024', response_format: 'b64_json' }, headers),
  imagesIn: openAiImages,
  takesN: true,
};

/** Easel as in production: keys, accounts, the ledger in a file, one log line per request. */
export function easel(setup: Partial<EaselSetup> = {}, name = 'easel'): Contestant {
  return {
    name,
    title: name === 'easel' ? 'Easel' : `Easel, ${name}`,
    start: (upstreamUrl) => startEasel(upstreamUrl, setup),
  };
}

async function startEasel(
  upstreamUrl: string,
  { accounts = 5, nodeArguments = [], env = {}, api = IMAGES_API }: Partial<EaselSetup>,
): Promise<RunningContestant> {
  const folder = mkdtempSync(join(tmpdir(), 'easel-bench-'));
  const file = join(folder, 'accounts.yaml');
  writeFileSync(file, accountsFile(accounts, upstreamUrl));
  const port = await freePort();
  const child = startQuietly(process.execPath, [...nodeArguments, join(DIST, 'main.js')], {
    env: {
      NODE_ENV: 'production',
      PORT: String(port),
      PROXY_AUTH_MODE: 'all_except_health',
      PROXY_API_KEY: KEY,
      ACCOUNTS_FILE: file,
      DATA_DIR: folder,
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'json',
      ...env,
    },
  });
  const url = `http://127.0.0.1:${port}`;
  await untilReachable(`${url}/healthz`, child, 60_000);
  return {
    pids: treeOf(child.pid ?? 0),
    ask: (size, n) => api.ask(url, { authorization: `Bearer ${KEY}` }, promptFor(size), n),
    imagesIn: api.imagesIn,
    takesN: api.takesN,
    linksImages: api.linksImages ?? false,
    healthUrl: `${url}/healthz`,
    stop: async () => {
      await stopChild(child);
      rmSync(folder, { recursive: true });
    },
  };
}

function accountsFile(count: number, baseUrl: string): string {
  const accounts = Array.from(
    { length: count },
    (_, index) =>
      `  - email: account-${index + 1}@example.com\n` +
      `    provider: gemini\n` +
      `    apiKey: key-${index + 1}\n` +
      `    baseUrl: ${baseUrl}\n` +
      `    maxConcurrency: 16\n`,
  );
  return `accounts:\n${accounts.join('')}`;
}
