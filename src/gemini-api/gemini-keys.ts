/** A URL without the keys that were in it. */
export interface KeylessTarget {
  readonly url: string;
  /** In Latin-1, as Node provides headers. */
  readonly keys: readonly string[];
}

/** Removes every `key` from a URL's query; the rest is left exactly as it was written. */
export function withoutQueryKeys(url: string): KeylessTarget {
  const at = url.indexOf('?');
  if (at === -1) {
    return { url, keys: [] };
  }
  const pairs = url.slice(at + 1).split('&');
  const rest = pairs.filter((pair) => !isKey(pair));
  if (rest.length === pairs.length) {
    return { url, keys: [] };
  }
  const query = rest.join('&');
  return {
    url: query === '' ? url.slice(0, at) : `${url.slice(0, at)}?${query}`,
    keys: new URLSearchParams(pairs.filter(isKey).join('&'))
      .getAll('key')
      .map((key) => Buffer.from(key, 'utf8').toString('latin1')),
  };
}

function isKey(pair: string): boolean {
  return new URLSearchParams(pair).has('key');
}

const HEADER = 'x-goog-api-key';

/** The headers of a message, modified in place. */
export interface HeadersToClear {
  readonly headers: Record<string, unknown>;
  /** Alternating names and values, as received. */
  readonly rawHeaders: string[];
}

/**
 * Removes every `x-goog-api-key` from a message, and returns their values: there may be several.
 */
export function takeHeaderKeys({ headers, rawHeaders }: HeadersToClear): readonly string[] {
  const keys: string[] = [];
  for (let at = rawHeaders.length - 2; at >= 0; at -= 2) {
    if (rawHeaders[at]?.toLowerCase() === HEADER) {
      keys.unshift(rawHeaders[at + 1] ?? '');
      rawHeaders.splice(at, 2);
    }
  }
  Reflect.deleteProperty(headers, HEADER);
  return keys;
}
