import type { SumKey } from './ledger-tables';
import type { UsageItem } from './usage.dto';

const COUNTS = ['images', 'failed', 'requests', 'input_tokens', 'output_tokens', 'usd'] as const;

/** Rows as RFC 4180 has them, with a line of names first. */
export function usageCsv(groupBy: readonly SumKey[], items: readonly UsageItem[]): string {
  const columns = [...groupBy, ...COUNTS];
  const lines = items.map((item) => columns.map((name) => cell(item[name] ?? '')).join(','));
  return [columns.join(','), ...lines].map((line) => `${line}\r\n`).join('');
}

/** A spreadsheet would carry out a cell that begins like a formula. */
function cell(value: string | number): string {
  const text = typeof value === 'number' ? String(value) : value.replace(/^[=+\-@\t\r]/, "'$&");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
