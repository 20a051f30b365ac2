import type { AppConfig } from '../../config/app-config';

/**
 * The value of `X-Account-Email`: each distinct account once, in order, joined by `, `; undefined
 * where nothing is to be shown. A header carries bytes, so what is not ASCII goes out as UTF-8.
 */
export function accountHeader(
  emails: readonly string[],
  mode: AppConfig['server']['accountHeader'],
): string | undefined {
  if (mode === 'off' || emails.length === 0) {
    return undefined;
  }
  const shown = [...new Set(emails)].map((email) => (mode === 'masked' ? maskEmail(email) : email));
  return Buffer.from(shown.join(', '), 'utf8').toString('latin1');
}

/** `studio@example.com` → `s…o@example.com`: enough for an operator to know which, not for others. */
function maskEmail(email: string): string {
  const at = email.lastIndexOf('@');
  const local = at < 0 ? email : email.slice(0, at);
  const domain = at < 0 ? '' : email.slice(at);
  const last = local.length > 2 ? local.slice(-1) : '';
  return `${local.slice(0, 1)}…${last}${domain}`;
}
