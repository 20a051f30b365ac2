/**
 * Parses the address of a proxy; without a scheme it is http, as everywhere.
 *
 * @param faults receives the faults, which never quote the address: it may contain a password
 */
export function parseProxy(name: string, text: string, faults: string[]): URL | undefined {
  try {
    const url = new URL(text.includes('://') ? text : `http://${text}`);
    const { protocol, pathname, search, hash, username, password } = url;
    decodeURIComponent(username + password);
    if (protocol === 'http:' && pathname + search + hash === '/') {
      return url;
    }
  } catch {
    // Reported below as not being a URL.
  }
  faults.push(
    `${name} must be like http://user:password@proxy:3128, with no other scheme and no path; characters such ` +
      'as # % / @ in a password must be percent-encoded',
  );
  return undefined;
}
