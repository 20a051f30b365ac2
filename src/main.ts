// Must come first, see there.
import './v8-flags';
import { readFileSync } from 'node:fs';
import { Logger } from 'nestjs-pino';
import { AccountCheck } from './accounts/account-check';
import { AccountPoolService } from './accounts/account-pool.service';
import type { Account } from './accounts/account';
import { loadAccounts, loadAccountsInWorker } from './accounts/config/load-accounts';
import { emulatorAccounts } from './accounts/emulator-accounts';
import { EMPTY_SNAPSHOT, type Snapshot } from './config-file/snapshot';
import { SnapshotWatch } from './config-file/snapshot-watch';
import { ConfigError, loadConfig } from './config/app-config';
import { slipsIn } from './config/read-variables';
import { EnvFileError, takeEnvFile, type EnvFile } from './config/env-file';
import { createApp } from './configure-app';
import {
  loadConsumers,
  loadConsumersInWorker,
  type ConsumersSources,
} from './consumers/load-consumers';
import { ConsumerRegistry, type ConfiguredConsumer } from './context/consumer-registry';
import { startEmulator } from './emulator/emulator';
import { ledgerFault } from './ledger/lasting-ledger';
import { isGeminiModel } from './mapping/resolved-model';
import { LogOutput } from './observability/log-output';
import { createLogger } from './observability/logger';
import { priceFaults } from './pricing/load-price-table';
import { startupNotes } from './startup-notes';
import { paysToWarmUp, warmUp } from './warm-up';
import { FileWatchInWorker } from './watched-file/file-watch-in-worker';

/** `npm start` passes this option. A container has its own environment, and so have tests. */
const ENV_FILE = process.argv.includes('--dotenv') ? '.env' : undefined;

/** What was read from the file, even if the file has a fault. */
let envFile: EnvFile | undefined;

async function start(): Promise<void> {
  envFile = ENV_FILE === undefined ? undefined : takeEnvFile(ENV_FILE, process.env);
  // Thousands of entries take long to load, so they are loaded once, for their faults and for use.
  let consumers: Snapshot<ConfiguredConsumer> = EMPTY_SNAPSHOT;
  let sources: ConsumersSources = { file: undefined, proxyKeys: [], ledgerFault: undefined };
  let snapshot: Snapshot<Account> = EMPTY_SNAPSHOT;
  const config = loadConfig({
    environment: process.env,
    readFile: (path) => readFileSync(path, 'utf8'),
    isKnownModel: isGeminiModel,
    consumerFaults: (auth, ledger) => {
      sources = {
        file: auth.consumersFile,
        proxyKeys: auth.keys,
        ledgerFault: auth.consumersFile === undefined ? undefined : ledgerFault(ledger),
      };
      consumers = loadConsumers(sources);
      return consumers.faults;
    },
    accountFaults: (sources) => {
      snapshot = loadAccounts(sources);
      return snapshot.faults;
    },
    priceFaults,
  });
  const configured = snapshot.entries;
  const emulator = configured.length === 0 ? await startEmulator(config.emulator) : undefined;
  const accounts = emulator === undefined ? configured : emulatorAccounts(emulator.url);
  const output = new LogOutput(process.stdout);
  const logger = createLogger(config.log, output);
  // With the emulator, a user is trying Easel out and waiting for it.
  const warmedUp =
    paysToWarmUp(config.server.warmUp, process.versions.node) && emulator === undefined
      ? await warmUp(config, logger, output).catch((error: unknown) => ({ err: error }))
      : undefined;
  const app = await createApp(config, { accounts, consumers: consumers.entries }, logger);
  await app.listen(config.server.port, config.server.host);

  const log = app.get(Logger);
  if (warmedUp !== undefined) {
    if ('err' in warmedUp) {
      logger.warn(warmedUp, 'warm-up failed: the first images take longer');
    } else {
      logger.info(warmedUp, 'warmed up');
    }
  }
  if (config.accounts.file !== undefined) {
    const pool = app.get(AccountPoolService);
    const check = app.get(AccountCheck);
    new SnapshotWatch({
      subject: 'accounts',
      inForce: snapshot,
      load: () => loadAccountsInWorker(config.accounts),
      fileWatch: new FileWatchInWorker(log),
      apply: (accounts) => {
        pool.reload(accounts);
        check.start();
      },
      log,
    }).start();
  }
  if (config.auth.consumersFile !== undefined) {
    const registry = app.get(ConsumerRegistry);
    new SnapshotWatch({
      subject: 'consumers',
      inForce: consumers,
      load: () => loadConsumersInWorker(sources),
      fileWatch: new FileWatchInWorker(log),
      apply: (entries) => {
        registry.replace(entries);
      },
      log,
    }).start();
  }
  const url = await app.getUrl();
  const slips = slipsIn(process.env);
  const facts = {
    config,
    accounts,
    consumers: consumers.entries.map(({ consumer }) => consumer),
    url,
    emulatorUrl: emulator?.url,
    isGeminiModel,
    slips,
    envFile,
  };
  for (const { level, text } of startupNotes(facts)) {
    if (level === 'warn') {
      log.warn(text);
    } else {
      log.log(text);
    }
  }
}

/** Describes the operator's faults in plain words; anything else is printed with its stack. */
function explain(error: unknown): string {
  if (error instanceof ConfigError) {
    const taken = envFile?.taken ?? [];
    return taken.length === 0
      ? error.message
      : `${error.message}\nTaken from .env: ${taken.join(', ')}`;
  }
  if (error instanceof EnvFileError) {
    return error.message;
  }
  if (!(error instanceof Error)) {
    return String(error);
  }
  // "listen EADDRINUSE: address already in use 127.0.0.1:8045" is explanation enough.
  const isAboutListening =
    'syscall' in error && ['listen', 'getaddrinfo'].includes(String(error.syscall));
  return isAboutListening
    ? `HOST or PORT cannot be used: ${error.message}`
    : (error.stack ?? error.message);
}

/**
 * The first Ctrl-C lets running requests finish, which may take minutes; the second aborts them.
 */
function obeySecondInterrupt(): void {
  process.once('SIGINT', () => {
    process.once('SIGINT', () => process.exit(130));
  });
}

obeySecondInterrupt();
start().catch((error: unknown) => {
  console.error(`Easel cannot start. ${explain(error)}`);
  process.exit(1);
});
