import { computed, effect, signal } from '@preact/signals';
import { ask, failureFrom, request } from '../api/client';
import type { UsageList } from '../api/types';
import type { Failure } from '../logic/error-words';
import { monthAfter, type Grouping, type Measure } from '../logic/usage-chart';
import { showToast } from './announcements';
import { saveBlob } from './save-blob';
import { config, tab } from './session';

export const month = signal(new Date().toISOString().slice(0, 7));
export const grouping = signal<Grouping>('consumer');
const chosenMeasure = signal<Measure | undefined>(undefined);
/** The emulator's images cost nothing: then their number says more. */
export const measure = computed<Measure>(
  () => chosenMeasure.value ?? (byGroup.value?.total.usd === 0 ? 'images' : 'usd'),
);
export const byGroup = signal<UsageList | undefined>(undefined);
export const byDay = signal<UsageList | undefined>(undefined);
export const usageFailure = signal<Failure | undefined>(undefined);

export function showMeasure(name: Measure): void {
  chosenMeasure.value = name;
}

function times(): string {
  return `from=${month.value}-01&to=${monthAfter(month.value)}-01`;
}

export async function loadUsage(): Promise<void> {
  const asked = `${times()}&group_by=${grouping.value}`;
  try {
    const [groups, days] = await Promise.all([
      ask<UsageList>(`v1/usage?${asked}`),
      ask<UsageList>(`v1/usage?${asked},day`),
    ]);
    if (asked === `${times()}&group_by=${grouping.value}`) {
      byGroup.value = groups;
      byDay.value = days;
      usageFailure.value = undefined;
    }
  } catch (error) {
    usageFailure.value = failureFrom(error);
  }
}

/** Asks when the view opens, and when its choices change. */
export function followUsage(): void {
  effect(() => {
    const isShown = tab.value === 'usage' && config.value?.ledger === true;
    if (isShown && month.value !== '' && grouping.value.length > 0) {
      void loadUsage();
    }
  });
}

export async function saveCsv(): Promise<void> {
  try {
    const asked = `v1/usage?${times()}&group_by=day,${grouping.value}`;
    const response = await request(asked, { accept: 'text/csv' });
    saveBlob(await response.blob(), `easel-usage-${month.value}.csv`);
  } catch (error) {
    showToast(failureFrom(error).message || 'The table could not be fetched.');
  }
}
