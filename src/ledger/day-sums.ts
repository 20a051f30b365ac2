import { utcDay, type LedgerRow } from './ledger-row';
import type { DaysTable } from './ledger-tables';

/**
 * The amounts that rows add to their daily sums, sorted by key so that two writers cannot deadlock.
 */
export function daySums(rows: readonly LedgerRow[]): readonly DaysTable[] {
  const sums = new Map<string, DaysTable>();
  for (const row of rows) {
    const { consumer, model, account, size, api } = row;
    const day = utcDay(row.at);
    const key = JSON.stringify([day, consumer, model, account, size, api]);
    const isMade = row.outcome === 'made';
    const sum = sums.get(key);
    sums.set(key, {
      day,
      consumer,
      model,
      account,
      size,
      api,
      images: (sum?.images ?? 0) + (isMade ? 1 : 0),
      failed: (sum?.failed ?? 0) + (isMade ? 0 : 1),
      requests: (sum?.requests ?? 0) + (row.isFirst ? 1 : 0),
      input_tokens: (sum?.input_tokens ?? 0) + row.textInput + row.imageInput,
      output_tokens: (sum?.output_tokens ?? 0) + row.textOutput + row.imageOutput,
      micro_usd: (sum?.micro_usd ?? 0) + row.microUsd,
      list_micro_usd: (sum?.list_micro_usd ?? 0) + row.listMicroUsd,
    });
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
}
