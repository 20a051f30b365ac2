import type { Account } from './accounts/account';
import type { AppConfig } from './config/app-config';
import type { Consumer } from './context/consumer';
import type { EnvFile } from './config/env-file';
import type { VariableSlip } from './config/variable-slips';

/** A line that an operator should see when the process starts. */
export interface StartupNote {
  readonly level: 'info' | 'warn';
  readonly text: string;
}

export interface StartupFacts {
  readonly config: AppConfig;
  readonly accounts: readonly Account[];
  /** The consumers in the file. */
  readonly consumers: readonly Consumer[];
  /** Where Easel listens. */
  readonly url: string;
  /** Where the built-in emulator listens; undefined if real accounts are configured. */
  readonly emulatorUrl: string | undefined;
  readonly isGeminiModel: (id: string) => boolean;
  /** Variables whose names resemble Easel's but are wrong. */
  readonly slips: readonly VariableSlip[];
  /** Undefined if no file was read. */
  readonly envFile: EnvFile | undefined;
}

const WILDCARDS: readonly string[] = ['0.0.0.0', '::'];

/**
 * The log lines at start: address, client authentication, upstream credentials, likely mistakes.
 */
export function startupNotes(facts: StartupFacts): readonly StartupNote[] {
  const { config, accounts, url, emulatorUrl } = facts;
  const info = (text: string): StartupNote => ({ level: 'info', text });
  const warn = (text: string): StartupNote => ({ level: 'warn', text });
  const { mode } = config.auth;
  // Node reports the loopback address for wildcard addresses, which reads as if no other machine
  // could connect.
  const others = WILDCARDS.includes(config.server.host)
    ? ' and every other address of this machine'
    : '';
  const notes = [
    info(
      `Easel listens on ${url}${others}, Swagger UI is at ${url}/docs; ` +
        (mode === 'off' ? 'no key is needed' : `keys are needed (${mode})`),
    ),
  ];
  if (facts.envFile !== undefined) {
    const { taken, overruled, tooLate } = facts.envFile;
    notes.push(
      info(
        `.env was read: ${taken.length === 0 ? 'nothing' : taken.join(', ')} taken` +
          (overruled.length === 0
            ? ''
            : `; already set in the environment: ${overruled.join(', ')}`),
      ),
    );
    for (const name of tooLate) {
      notes.push(
        warn(`${name} in .env is read too late by Node and not used: set it in the environment`),
      );
    }
  }
  for (const warning of config.tracing.warnings) {
    notes.push(warn(warning));
  }
  if (config.tracing.exporters.includes('otlp')) {
    notes.push(info(`traces go to ${config.tracing.endpoint.origin}`));
  }
  for (const { name, meant } of facts.slips) {
    notes.push(warn(`${name} is set but is not a variable of Easel: did you mean ${meant}?`));
  }
  if (config.auth.consumersFile !== undefined) {
    const { length } = facts.consumers.filter(({ enabled }) => enabled);
    notes.push(info(`${length} of ${facts.consumers.length} consumer(s) enabled`));
    notes.push(
      ...facts.consumers.flatMap((consumer) => missingAccounts(consumer, accounts)).map(warn),
    );
  }
  if (emulatorUrl !== undefined) {
    notes.push(
      info(
        'No account is configured: images come from the built-in Gemini emulator ' +
          `(${emulatorUrl}), at no cost. ` +
          'Set GEMINI_API_KEYS or ACCOUNTS_FILE for real ones.',
      ),
    );
    return notes;
  }
  const enabled = accounts.filter((account) => account.enabled);
  notes.push(info(`${enabled.length} of ${accounts.length} account(s) enabled`));
  if (enabled.length === 0) {
    notes.push(warn('No account is enabled: images cannot be made'));
  }
  if (mode === 'off' && config.server.corsOrigins === '*') {
    notes.push(
      warn(
        'Without a key and with CORS_ORIGINS=* any web page open on a machine that reaches this ' +
          'one can spend your accounts: set PROXY_API_KEY or CORS_ORIGINS',
      ),
    );
  }
  for (const { email, models = [] } of accounts) {
    for (const model of models.filter((id) => !facts.isGeminiModel(id))) {
      notes.push(
        warn(`${email} is configured for "${model}", which is not a known Gemini image model`),
      );
    }
  }
  return notes;
}

/**
 * Accounts that consumers refer to but that do not exist, because of a typo or a removed account;
 * nothing else reports them.
 */
function missingAccounts(
  { name, accounts: own = [] }: Consumer,
  accounts: readonly Account[],
): readonly string[] {
  const emails = new Set(accounts.map(({ email }) => email));
  const missing = own.filter((email) => !emails.has(email));
  return missing.length === 0
    ? []
    : [
        `The consumer ${name} is configured for ${missing.join(', ')}, but there is no such account`,
      ];
}
