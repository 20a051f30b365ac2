import type { SumKey } from './ledger-tables';
import type { UsageItem } from './usage.dto';

const COUNTS = ['images', 'failed', 'requests', 'input_tokens', 'output_tokens', 'usd'] as const;

/** Rows in the format of RFC 4180, with a header line. */
export function usageCsv(groupBy: readonly SumKey[], items: readonly UsageItem[]): string {
  const columns = [...groupBy, ...COUNTS];
  const lines = items.map((item) => columns.map((name) => cell(item[name] ?? '')).join(','));
  return [columns.join(','), ...lines].map((line) => `${line}\r\n`).join('');
}

/** A spreadsheet would evaluate a cell that begins like a formula. */
function cell(value: string | number): string {
  const text = typeof value === 'number' ? String(value) : value.replace(/^[=+\-@\t\r]/, "'$&");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
