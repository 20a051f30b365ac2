import { computed, signal } from '@preact/signals';
import { ask, failureFrom } from '../api/client';
import type { ConsoleConfig, Key } from '../api/types';
import type { Failure } from '../logic/error-words';
import { apiKey, keepKey } from './api-key';

export type Tab = 'make' | 'pool' | 'usage';

/** Undefined until the server has responded; only the key card is shown before. */
export const config = signal<ConsoleConfig | undefined>(undefined);
/** Why there is no config: a wrong key, no key, or no response. */
export const configFailure = signal<Failure | undefined>(undefined);
export const ownKey = signal<Key | undefined>(undefined);
export const tab = signal<Tab>(tabOfHash());

/** The tabs that this key has. */
export const tabs = computed<readonly Tab[]>(() => {
  const { role, ledger } = config.value ?? {};
  return [
    'make',
    ...(role === 'member' ? [] : ['pool' as const]),
    ...(ledger ? ['usage' as const] : []),
  ];
});
/** The one that is asked for, if this key has it. */
export const shownTab = computed(() =>
  tabs.value.includes(tab.value) ? tab.value : (tabs.value[0] ?? 'make'),
);

addEventListener('hashchange', () => {
  tab.value = tabOfHash();
});

export function showTab(name: Tab): void {
  tab.value = name;
  history.replaceState(null, '', `#${name}`);
}

function tabOfHash(): Tab {
  const name = location.hash.slice(1);
  return name === 'pool' || name === 'usage' ? name : 'make';
}

export async function loadConfig(key = apiKey.value): Promise<boolean> {
  return load(key, () => undefined);
}

/** Keeps the key if the server knows it and it may be used here. */
export async function enterKey(key: string, isRemembered: boolean): Promise<boolean> {
  return load(key, () => {
    keepKey(key, isRemembered);
  });
}

async function load(key: string, onAnswer: () => void): Promise<boolean> {
  try {
    const loaded = await ask<ConsoleConfig>('console/config', { key });
    // Whatever follows the config asks with the key that is kept, at once.
    onAnswer();
    config.value = loaded;
    configFailure.value = undefined;
    return true;
  } catch (error) {
    configFailure.value = failureFrom(error);
    return false;
  }
}

/** What the key has left changes with each picture. */
export async function loadOwnKey(): Promise<void> {
  try {
    ownKey.value = await ask<Key>('v1/key');
  } catch {
    // The purse is a convenience: without it, the limits still speak for themselves.
  }
}
