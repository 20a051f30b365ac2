/**
 * The origin of programs that are web pages inside: `app://obsidian.md`, `tauri://localhost`. URL
 * reports their origin as null.
 */
const APP_ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^\s/?#@]+$/;

/** A browser's `Origin`: scheme, host and port, and nothing else. */
export function isOrigin(text: string): boolean {
  if (text === '*') {
    return true;
  }
  const origin = URL.canParse(text) ? new URL(text).origin : undefined;
  return origin === text || (origin === 'null' && APP_ORIGIN.test(text));
}

/**
 * Whether a Redis client can parse it. A client that cannot would quote it in an error, including
 * the password.
 */
export function isRedisUrl(text: string): boolean {
  try {
    const { hostname, hash, username, password } = new URL(text);
    decodeURIComponent(username + password);
    return hostname !== '' && hash === '';
  } catch {
    return false;
  }
}

/** The host to connect to, without the brackets of an IPv6 address in a URL. */
export function hostOf({ hostname }: URL): string {
  return withoutBrackets(hostname);
}

/**
 * Whether a host is loopback and so never leaves this machine: 127.0.0.0/8, ::1, and `localhost`
 * with all names below it (RFC 6761).
 */
export function isLoopback(host: string): boolean {
  return /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|(?:.+\.)?localhost)$/i.test(withoutBrackets(host));
}

/**
 * Whether only the local network can reach the address: 169.254.0.0/16 and fe80::/10, where clouds
 * have their metadata.
 */
export function isLinkLocal(host: string): boolean {
  return /^(?:169\.254\.\d{1,3}\.\d{1,3}$|fe[89ab][\da-f]:)/i.test(withoutBrackets(host));
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}
