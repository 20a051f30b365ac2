import type { AppConfig } from './app-config';

/** What is shown of an account to whoever may know of it, as `ACCOUNT_HEADER` has it; undefined for nothing. */
export function shownAccount(
  email: string,
  mode: AppConfig['server']['accountHeader'],
): string | undefined {
  switch (mode) {
    case 'email':
      return email;
    case 'masked':
      return maskEmail(email);
    case 'off':
      return undefined;
  }
}

/** `studio@example.com` → `s…o@example.com`: enough for an operator to know which, not for others. */
function maskEmail(email: string): string {
  const at = email.lastIndexOf('@');
  const local = at < 0 ? email : email.slice(0, at);
  const domain = at < 0 ? '' : email.slice(at);
  const last = local.length > 2 ? local.slice(-1) : '';
  return `${local.slice(0, 1)}…${last}${domain}`;
}
