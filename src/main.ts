import { readFileSync } from 'node:fs';
import { AccountsFileError } from './accounts/accounts-file';
import type { Account } from './accounts/account';
import { configuredAccounts } from './accounts/configured-accounts';
import { ConfigError, loadConfig, type AppConfig } from './config/app-config';
import { createApp } from './configure-app';
import { startEmulator } from './emulator/emulator';
import { emulatorAccounts } from './accounts/emulator-accounts';
import { isGeminiModel } from './mapping/resolved-model';
import { Logger } from 'nestjs-pino';

const readFile = (path: string): string => readFileSync(path, 'utf8');

async function start(): Promise<void> {
  const config = loadConfig({ environment: process.env, readFile, isKnownModel: isGeminiModel });
  const configured = configuredAccounts(config.accounts, readFile);
  const accounts = configured.length > 0 ? configured : await accountsOfEmulator(config);
  const app = await createApp(config, accounts);
  await app.listen(config.server.port, config.server.host);

  const log = app.get(Logger);
  log.log(`Easel listens on ${await app.getUrl()}, Swagger UI is at ${await app.getUrl()}/docs`);
  if (configured.length === 0) {
    log.log(
      'No account is configured: images come from the built-in Gemini emulator, drawn here and ' +
        'free of charge. Set GEMINI_API_KEYS or ACCOUNTS_FILE for real ones.',
    );
  }
}

async function accountsOfEmulator(config: AppConfig): Promise<readonly Account[]> {
  const emulator = await startEmulator({ latencyMs: config.emulator.latencyMs });
  return emulatorAccounts(emulator.url);
}

/** Faults of the operator's making are told in plain words; anything else with its stack. */
function explain(error: unknown): string {
  if (error instanceof ConfigError || error instanceof AccountsFileError) {
    return error.message;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

start().catch((error: unknown) => {
  console.error(`Easel cannot start. ${explain(error)}`);
  process.exit(1);
});
