/** The holder of the key that a request came with. */
export interface Consumer {
  readonly name: string;
}

/** Every client, where no key is required. */
export const ANONYMOUS: Consumer = { name: 'anonymous' };

/** The holder of any key in `PROXY_API_KEY`. */
export const PROXY: Consumer = { name: 'proxy' };
