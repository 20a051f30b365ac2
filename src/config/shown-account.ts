import type { AppConfig } from './app-config';

/** How responses name an account, according to `ACCOUNT_HEADER`; undefined if they must not. */
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

/**
 * `studio@example.com` → `s…o@example.com`: enough for an operator to recognise it, too little for
 * others.
 */
function maskEmail(email: string): string {
  const at = email.lastIndexOf('@');
  const local = at < 0 ? email : email.slice(0, at);
  const domain = at < 0 ? '' : email.slice(at);
  const last = local.length > 2 ? local.slice(-1) : '';
  return `${local.slice(0, 1)}…${last}${domain}`;
}
