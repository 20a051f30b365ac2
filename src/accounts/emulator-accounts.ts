import type { Account } from './account';

/** Enough accounts to show the pool at work. */
const NAMES = ['studio-1@emulator', 'studio-2@emulator', 'studio-3@emulator'];

/** The accounts of the built-in emulator at this URL. */
export function emulatorAccounts(baseUrl: string): readonly Account[] {
  return NAMES.map((email) => ({
    email,
    provider: 'emulator',
    apiKey: `key-of-${email}`,
    baseUrl,
    maxConcurrency: 4,
    priority: 1,
    enabled: true,
  }));
}
