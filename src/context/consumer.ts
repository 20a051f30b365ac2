/** Who asks: whoever holds the key that a request came with. */
export interface Consumer {
  readonly name: string;
}

/** Everybody, where no key is asked for. */
export const ANONYMOUS: Consumer = { name: 'anonymous' };

/** Whoever holds one of the keys of `PROXY_API_KEY`. */
export const PROXY: Consumer = { name: 'proxy' };
