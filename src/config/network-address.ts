/** A browser's `Origin`: scheme, host and port, nothing behind. */
export function isOrigin(text: string): boolean {
  return text === '*' || (URL.canParse(text) && new URL(text).origin === text);
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

/** Whether only programs on this machine can reach that address: 127.0.0.0/8, ::1 and localhost. */
export function isLoopback(host: string): boolean {
  return (
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host) ||
    ['localhost', '::1', '[::1]'].includes(host.toLowerCase())
  );
}
