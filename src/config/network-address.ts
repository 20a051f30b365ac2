/** Of programs that are web pages inside: `app://obsidian.md`, `tauri://localhost`. URL calls their origin null. */
const APP_ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^\s/?#@]+$/;

/** A browser's `Origin`: scheme, host and port, nothing behind. */
export function isOrigin(text: string): boolean {
  if (text === '*') {
    return true;
  }
  const origin = URL.canParse(text) ? new URL(text).origin : undefined;
  return origin === text || (origin === 'null' && APP_ORIGIN.test(text));
}

/** Whether a client for Redis can read it; one that cannot would quote it, password and all. */
export function isRedisUrl(text: string): boolean {
  try {
    const { hostname, hash, username, password } = new URL(text);
    decodeURIComponent(username + password);
    return hostname !== '' && hash === '';
  } catch {
    return false;
  }
}

/** Whom to connect to: without the brackets that an IPv6 address has in a URL. */
export function hostOf({ hostname }: URL): string {
  return withoutBrackets(hostname);
}

/** 127.0.0.0/8, ::1, and `localhost` with all names below it (RFC 6761): it never leaves this machine. */
export function isLoopback(host: string): boolean {
  return /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|(?:.+\.)?localhost)$/i.test(withoutBrackets(host));
}

/** Whether only this network can reach that address: 169.254.0.0/16 and fe80::/10, where clouds have their metadata. */
export function isLinkLocal(host: string): boolean {
  return /^(?:169\.254\.\d{1,3}\.\d{1,3}$|fe[89ab][\da-f]:)/i.test(withoutBrackets(host));
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}
