/**
 * The role of a consumer: a member makes images, a monitor reads the gateway's state, an operator
 * may do everything.
 */
export type ConsumerRole = 'member' | 'monitor' | 'operator';

/** Each is a number of images; absent for no limit. */
export interface ConsumerLimitRules {
  /** In any 60 seconds. */
  readonly imagesPerMinute?: number;
  /** Per UTC day. */
  readonly imagesPerDay?: number;
  /** Images in progress at the same time. */
  readonly concurrentImages?: number;
}

/** The holder of one or more keys: a team, a program, a person. */
export interface Consumer {
  /** Unique and printable. */
  readonly name: string;
  readonly role: ConsumerRole;
  readonly enabled: boolean;
  /** The Gemini models that it may use, by their current ids, at least one; absent for all. */
  readonly models?: readonly string[];
  /** The largest images that it may ask for, as Gemini's `imageSize`. */
  readonly maxImageSize?: string;
  /** The accounts that serve it, by email, at least one; absent for all. */
  readonly accounts?: readonly string[];
  readonly limits?: ConsumerLimitRules;
  /** Per calendar month, in UTC. */
  readonly budget?: { readonly usdPerMonth: number };
  /** From then on its keys are refused, in epoch milliseconds. */
  readonly expiresAt?: number;
}

/** Every client, if no key is required. */
export const ANONYMOUS: Consumer = { name: 'anonymous', role: 'operator', enabled: true };

/** The holder of any key in `PROXY_API_KEY`. */
export const PROXY: Consumer = { name: 'proxy', role: 'operator', enabled: true };
