/**
 * What a consumer may do and learn. An operator may do everything; a client that only makes images
 * learns nothing about the accounts.
 */
type ConsumerRole = 'member' | 'monitor' | 'operator';

/** The holder of the key that a request came with. */
export interface Consumer {
  readonly name: string;
  readonly role: ConsumerRole;
}

/** Every client, where no key is required. */
export const ANONYMOUS: Consumer = { name: 'anonymous', role: 'operator' };

/** The holder of any key in `PROXY_API_KEY`. */
export const PROXY: Consumer = { name: 'proxy', role: 'operator' };
