import { signal } from '@preact/signals';
import { ask, failureFrom } from '../api/client';
import type { Account, UsageItem } from '../api/types';
import type { Failure } from '../logic/error-words';
import { showToast } from './announcements';
import { config } from './session';

export const accounts = signal<readonly Account[] | undefined>(undefined);
export const accountsFailure = signal<Failure | undefined>(undefined);
/** When the pool last responded. */
export const seenAt = signal(0);
/** By account, of today (UTC); undefined while it is not known, and without a ledger. */
export const today = signal<ReadonlyMap<string, UsageItem> | undefined>(undefined);

const EACH_MS = 2000;
const USAGE_EACH_MS = 30_000;
let usageAt = 0;

async function loadAccounts(): Promise<void> {
  try {
    accounts.value = (await ask<{ data: Account[] }>('v1/accounts')).data;
    accountsFailure.value = undefined;
    seenAt.value = Date.now();
  } catch (error) {
    accountsFailure.value = failureFrom(error);
  }
}

async function loadToday(): Promise<void> {
  if (!config.value?.ledger || Date.now() - usageAt < USAGE_EACH_MS) {
    return;
  }
  usageAt = Date.now();
  const from = new Date().toISOString().slice(0, 10);
  try {
    const { data } = await ask<{ data: UsageItem[] }>(`v1/usage?group_by=account&from=${from}`);
    today.value = new Map(data.map((item) => [item.account ?? '', item]));
  } catch {
    // The pool itself matters here; its costs are fetched again later.
  }
}

/** Polls while the view is open; returns a function that stops it. */
export function watchAccounts(): () => void {
  usageAt = 0;
  const look = () => {
    if (document.visibilityState === 'visible') {
      void loadAccounts();
      void loadToday();
    }
  };
  look();
  const timer = setInterval(look, EACH_MS);
  return () => {
    clearInterval(timer);
  };
}

export async function setEnabled(email: string, isEnabled: boolean): Promise<void> {
  try {
    const path = `v1/accounts/${encodeURIComponent(email)}/${isEnabled ? 'enable' : 'disable'}`;
    await ask(path, { method: 'POST' });
    showToast(isEnabled ? `${email} is in again.` : `${email} is out until you enable it.`);
  } catch (error) {
    showToast(failureFrom(error).message || 'That did not work.');
  }
  await loadAccounts();
}
