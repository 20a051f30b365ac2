import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ConsoleLogger, Logger } from '@nestjs/common';
import type pino from 'pino';
import type { DeveloperApiAccount } from './accounts/account';
import type { AppConfig } from './config/app-config';
import { createApp } from './configure-app';
import type { LogOutput } from './observability/log-output';
import type { WarmUpTarget } from './warm-up.worker';

const KEY = 'warm-up-of-this-process';
const ACCOUNTS = 4;
/** All the requests that the worker sends at once may use the same account. */
const MAX_CONCURRENCY = 16;

/** The result of a warm-up. */
export interface WarmUpReport {
  readonly images: number;
  readonly elapsedMs: number;
}

/**
 * Whether to warm up. With `auto`, on Node 24 and later: its V8 compiles functions with Maglev
 * after a few hundred calls. The V8 of Node 20 and 22 waits for TurboFan, and the first images took
 * as long as without a warm-up (decision 25).
 */
export function paysToWarmUp(mode: AppConfig['server']['warmUp'], nodeVersion: string): boolean {
  return mode === 'auto' ? Number.parseInt(nodeVersion, 10) >= 24 : mode === 'on';
}

/**
 * Sends requests through a second application in this process, to an upstream of its own, so that
 * V8 has compiled the image path before the first client arrives: in a new process the first five
 * hundred images take two to three times the CPU of later ones. No account, database, store or log
 * of the real application is involved.
 */
export async function warmUp(
  config: AppConfig,
  logger: pino.Logger,
  output: LogOutput,
): Promise<WarmUpReport> {
  const startedAt = performance.now();
  const worker = new Worker(join(__dirname, 'warm-up.worker.js'));
  // Its log lines are written, for their cost, but discarded. nestjs-pino keeps the first logger of
  // a process, so both applications share it.
  output.isMuted = true;
  try {
    const images = await imagesThrough(config, logger, worker);
    return { images, elapsedMs: Math.round(performance.now() - startedAt) };
  } finally {
    output.isMuted = false;
    // Nest has one logger for all applications. This one would otherwise report every module and
    // route of the next.
    Logger.overrideLogger(new ConsoleLogger());
  }
}

/** Serves the worker until it ends, and returns how many images it received. */
async function imagesThrough(
  config: AppConfig,
  logger: pino.Logger,
  worker: Worker,
): Promise<number> {
  const accounts = accountsAt(`http://127.0.0.1:${await nextNumber(worker)}`);
  const app = await createApp(isolated(config), { accounts, consumers: [] }, logger);
  try {
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    worker.postMessage({ port, key: KEY } satisfies WarmUpTarget);
    return await nextNumber(worker);
  } finally {
    await app.close();
    await worker.terminate();
  }
}

/** @throws Error if the worker fails, or exits without having posted one */
function nextNumber(worker: Worker): Promise<number> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => {
      reject(new Error('the requests of the warm-up did not end'));
    });
  });
}

/** The same configuration without anything that is shared with others or outlives the process. */
function isolated(config: AppConfig): AppConfig {
  return {
    ...config,
    server: { ...config.server, shutdownDelayMs: 0 },
    auth: { mode: 'all_except_health', keys: [KEY], consumersFile: undefined },
    accounts: { ...config.accounts, file: undefined, redisUrl: undefined, areChecked: false },
    images: { ...config.images, defaultOutputFormat: 'upstream' },
    hosting: { ...config.hosting, store: undefined },
    upstream: {
      ...config.upstream,
      proxies: { https: undefined, http: undefined, except: [] },
    },
    ledger: { ...config.ledger, database: { kind: 'off' } },
    console: { isOn: false },
    tracing: { ...config.tracing, exporters: [] },
  };
}

function accountsAt(baseUrl: string): readonly DeveloperApiAccount[] {
  return Array.from({ length: ACCOUNTS }, (_, index) => ({
    email: `warm-up-${index + 1}@easel.invalid`,
    provider: 'gemini',
    apiKey: 'warm-up',
    maxConcurrency: MAX_CONCURRENCY,
    priority: 1,
    enabled: true,
    baseUrl,
  }));
}
