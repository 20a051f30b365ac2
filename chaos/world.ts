import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTokenServer, type FakeTokenServer } from '../test/fake-token-server';
import { freePort } from '../test/free-port';
import { POISONED_SLABS } from '../test/poisoned-slabs';
import { PostgresServer } from '../test/postgres-server';
import { RedisServer } from '../test/redis-server';
import { startNginx, type RunningNginx } from '../test/running-nginx';
import { BUCKET, S3_CREDENTIALS, startS3Server, type S3Server } from '../test/s3-server';
import { ChaosUpstream } from './chaos-upstream';
import type { PlannedFault } from './plan';
import { CONSUMERS, type ConsumerName, type PlannedRequest } from './planned-request';
import { Replica } from './replica';

export const REQUEST_DEADLINE_MS = 30_000;
export const ATTEMPT_TIMEOUT_MS = 6_000;
/** How long a killed replica's slots on accounts outlive it. */
export const LEASE_MS = 5_000;
const LINK_SECONDS = 60;
/** How long the images of a disconnected client are kept for its retry. */
const ABANDONED_SECONDS = 5;

interface Limits {
  readonly imagesPerMinute?: number;
  readonly concurrentImages?: number;
  readonly imagesPerDay?: number;
}

/** By consumer; an absent limit is none. */
export const LIMITS: Readonly<Partial<Record<ConsumerName, Limits>>> = {
  minute: { imagesPerMinute: 40 },
  narrow: { imagesPerMinute: 600, concurrentImages: 4 },
  daily: { imagesPerDay: 25 },
};

/** The price of a 1K image in the table. */
export const PRICE_USD = 0.1344;
/** In US dollars per month. */
export const BUDGETS: Readonly<Partial<Record<ConsumerName, number>>> = { funded: 2 };

/** The number of concurrent calls of an account, by key. */
export const ACCOUNT_PLACES: Readonly<Record<string, number>> = {
  'key-of-account-1': 6,
  'key-of-account-2': 5,
  'key-of-account-3': 8,
  'key-of-account-4': 3,
  vertex: 5,
};

export function keyOf(consumer: ConsumerName): string {
  return `sk-easel-key-of-${consumer}-of-chaos`;
}

/** Two replicas, everything that they need, and nginx in front, with the shipped configuration. */
export class World {
  private constructor(
    readonly upstream: ChaosUpstream,
    readonly replicas: readonly Replica[],
    readonly redis: RedisServer,
    readonly postgres: PostgresServer,
    readonly s3: S3Server,
    readonly nginx: RunningNginx,
    private readonly tokens: FakeTokenServer,
    private readonly files: ConfigFiles,
    readonly folder: string,
  ) {}

  /**
   * @param main the program that a replica runs
   */
  static async start(main: string, planned: (number: number) => PlannedRequest): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), 'easel-chaos-'));
    const upstream = new ChaosUpstream(planned);
    const [upstreamUrl, redis, postgres, s3, tokens] = await Promise.all([
      upstream.listen(),
      RedisServer.start(),
      PostgresServer.start(),
      startS3Server(),
      startTokenServer(),
    ]);
    const files = new ConfigFiles(folder, upstreamUrl, tokens);
    const ports = [await freePort(), await freePort()];
    const replicas = ports.map((port, index) => {
      const data = join(folder, `data-${index}`);
      mkdirSync(data);
      const env = environment({ files, redis, postgres, s3, data });
      return new Replica(main, port, env, join(folder, `replica-${index}.log`));
    });
    await Promise.all(replicas.map((replica) => replica.start()));
    const nginx = await startNginx(ports.map((port) => `127.0.0.1:${port}`));
    return new World(upstream, replicas, redis, postgres, s3, nginx, tokens, files, folder);
  }

  async begin({ kind, which }: PlannedFault): Promise<void> {
    switch (kind) {
      case 'replica killed':
        await this.replicas[which]?.kill();
        return;
      case 'redis stopped':
        await this.redis.kill();
        return;
      case 'redis frozen':
        this.redis.freeze();
        return;
      case 'postgres stopped':
        await this.postgres.kill();
        return;
      case 'postgres frozen':
        this.postgres.freeze();
        return;
      case 's3 frozen':
        this.s3.fault = 'frozen';
        return;
      case 's3 failing':
        this.s3.fault = 'failing';
        return;
      case 's3 cutting':
        this.s3.fault = 'cutting';
        return;
      case 'accounts rewritten':
        this.files.writeAccounts(which === 0 ? 'fewer' : 'reversed');
        return;
      case 'accounts broken':
        this.files.writeAccounts('broken');
        return;
      case 'consumers rewritten':
        this.files.writeConsumers('fewer');
        return;
      case 'consumers broken':
        this.files.writeConsumers('broken');
        return;
      case 'tokens refused':
        this.upstream.refuseTokens();
        return;
      case 'token server failing':
        this.upstream.refuseTokens();
        this.tokens.response({ status: 503, body: { error: 'temporarily_unavailable' } });
    }
  }

  async end({ kind, which }: PlannedFault): Promise<void> {
    switch (kind) {
      case 'replica killed':
        await this.replicas[which]?.start();
        return;
      case 'redis stopped':
        await this.redis.start();
        return;
      case 'redis frozen':
        this.redis.thaw();
        return;
      case 'postgres stopped':
        await this.postgres.start();
        return;
      case 'postgres frozen':
        this.postgres.thaw();
        return;
      case 's3 frozen':
      case 's3 failing':
      case 's3 cutting':
        this.s3.fault = 'none';
        return;
      case 'accounts rewritten':
      case 'accounts broken':
        this.files.writeAccounts('whole');
        return;
      case 'consumers rewritten':
      case 'consumers broken':
        this.files.writeConsumers('whole');
        return;
      case 'tokens refused':
        return;
      case 'token server failing':
        this.tokens.response();
    }
  }

  /**
   * @param keepsLogs whether the folder with the logs is kept
   */
  async close(keepsLogs: boolean): Promise<void> {
    this.redis.thaw();
    this.postgres.thaw();
    await this.nginx.close();
    await Promise.all(this.replicas.map((replica) => replica.kill()));
    await Promise.all([
      this.redis.kill(),
      this.postgres.close(),
      this.s3.close(),
      this.tokens.close(),
      this.upstream.close(),
    ]);
    if (!keepsLogs) {
      rmSync(this.folder, { recursive: true, force: true });
    }
  }
}

interface Parts {
  readonly files: ConfigFiles;
  readonly redis: RedisServer;
  readonly postgres: PostgresServer;
  readonly s3: S3Server;
  readonly data: string;
}

/** Nothing of this process's environment except the location of programs. */
function environment({ files, redis, postgres, s3, data }: Parts): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    ACCOUNTS_FILE: files.accounts,
    CONSUMERS_FILE: files.consumers,
    REDIS_URL: redis.url,
    REDIS_LEASE_MS: String(LEASE_MS),
    DATABASE_URL: postgres.url,
    DATA_DIR: data,
    IMAGE_STORE: `s3://${BUCKET}`,
    S3_ENDPOINT: s3.url,
    S3_REGION: 'eu-west-3',
    AWS_ACCESS_KEY_ID: S3_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: S3_CREDENTIALS.secretAccessKey,
    URL_SIGNING_KEY: 'the signing key of both replicas of chaos',
    ABANDONED_TTL_SECONDS: String(ABANDONED_SECONDS),
    IMAGE_URL_TTL_SECONDS: String(LINK_SECONDS),
    IMAGE_RETENTION_SECONDS: String(2 * LINK_SECONDS),
    REQUEST_DEADLINE_MS: String(REQUEST_DEADLINE_MS),
    UPSTREAM_ATTEMPT_TIMEOUT_MS: String(ATTEMPT_TIMEOUT_MS),
    LOG_FORMAT: 'json',
    ...POISONED_SLABS,
  };
}

/** The configuration files that Easel watches, and changes to them. */
class ConfigFiles {
  readonly accounts: string;
  readonly consumers: string;
  private readonly credentials: string;

  constructor(
    folder: string,
    private readonly upstreamUrl: string,
    tokens: FakeTokenServer,
  ) {
    this.accounts = join(folder, 'accounts.json');
    this.consumers = join(folder, 'consumers.json');
    this.credentials = join(folder, 'service.json');
    writeFileSync(this.credentials, JSON.stringify(tokens.serviceAccount));
    this.writeAccounts('whole');
    this.writeConsumers('whole');
  }

  writeAccounts(as: 'whole' | 'fewer' | 'reversed' | 'broken'): void {
    const accounts = Object.entries(ACCOUNT_PLACES).map(([key, maxConcurrency], index) => ({
      email: `account-${index + 1}@test`,
      baseUrl: this.upstreamUrl,
      maxConcurrency,
      ...(key === 'vertex'
        ? { provider: 'vertex', credentialsFile: this.credentials, project: 'acme-images' }
        : { provider: 'gemini', apiKey: key }),
    }));
    const text = {
      whole: () => JSON.stringify({ accounts }),
      fewer: () => JSON.stringify({ accounts: accounts.slice(1) }),
      reversed: () => JSON.stringify({ accounts: accounts.toReversed() }),
      broken: () => JSON.stringify({ accounts: [...accounts, accounts[0]] }).slice(0, -1),
    }[as]();
    writeFileSync(this.accounts, text);
  }

  writeConsumers(as: 'whole' | 'fewer' | 'broken'): void {
    const consumers = CONSUMERS.map((name) => ({
      name,
      key: keyOf(name),
      role: name === 'operator' ? 'operator' : 'member',
      ...(LIMITS[name] === undefined ? {} : { limits: LIMITS[name] }),
      ...(BUDGETS[name] === undefined ? {} : { budget: { usdPerMonth: BUDGETS[name] } }),
    }));
    const some = as === 'fewer' ? consumers.filter(({ name }) => name !== 'guest') : consumers;
    const text = JSON.stringify({ consumers: some });
    writeFileSync(this.consumers, as === 'broken' ? text.replace('"limits"', '"limit"') : text);
  }
}
