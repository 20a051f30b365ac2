/**
 * What a consumer may do: a member makes images, a monitor reads the state of the gateway, an operator may do
 * everything.
 */
export type ConsumerRole = 'member' | 'monitor' | 'operator';

/** Each is a number of images; absent: no limit. */
export interface ConsumerLimitRules {
  /** In any 60 seconds. */
  readonly imagesPerMinute?: number;
  /** By UTC days. */
  readonly imagesPerDay?: number;
  /** At work at the same time. */
  readonly concurrentImages?: number;
}

/** Whoever holds a key: a team, a program, a person. */
export interface Consumer {
  /** Unique; printable anywhere. */
  readonly name: string;
  readonly role: ConsumerRole;
  readonly enabled: boolean;
  /** The Gemini models that it may use, by their present ids, at least one; all, where absent. */
  readonly models?: readonly string[];
  /** The largest images that it may ask for, as Gemini's `imageSize`. */
  readonly maxImageSize?: string;
  /** The accounts that serve it, by email, at least one; all, where absent. */
  readonly accounts?: readonly string[];
  readonly limits?: ConsumerLimitRules;
  /** By calendar months, UTC. */
  readonly budget?: { readonly usdPerMonth: number };
  /** From when on its keys are refused, in epoch milliseconds. */
  readonly expiresAt?: number;
}

/** Every client, where no key is required. */
export const ANONYMOUS: Consumer = { name: 'anonymous', role: 'operator', enabled: true };

/** The holder of any key in `PROXY_API_KEY`. */
export const PROXY: Consumer = { name: 'proxy', role: 'operator', enabled: true };
