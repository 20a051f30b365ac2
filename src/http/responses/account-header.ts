import type { AppConfig } from '../../config/app-config';
import { shownAccount } from '../../config/shown-account';

/**
 * The value of `X-Account-Email`: each account once, in order, joined by `, `; undefined if no
 * account may be shown. Header values are bytes, so non-ASCII characters are sent as UTF-8.
 */
export function accountHeader(
  emails: readonly string[],
  mode: AppConfig['server']['accountHeader'],
): string | undefined {
  const shown = [...new Set(emails)].flatMap((email) => shownAccount(email, mode) ?? []);
  return shown.length === 0 ? undefined : Buffer.from(shown.join(', '), 'utf8').toString('latin1');
}
