import { hash, timingSafeEqual } from 'node:crypto';
import { PROXY, type Consumer } from './consumer';

/**
 * A consumer, and the hex SHA-256 of each of its keys. Plain data that can be passed between
 * threads.
 */
export interface ConfiguredConsumer {
  readonly consumer: Consumer;
  readonly keys: readonly string[];
}

interface KnownKey {
  readonly digest: Buffer;
  readonly consumer: Consumer;
}

/** An unknown key is compared with this, so that it takes as long as a known one. */
const NO_KEY = Buffer.alloc(32);

/**
 * The holders of all keys. Keys are looked up by SHA-256, so thousands of consumers cost a request
 * no more than one. The duration of the lookup reveals nothing, because a digest cannot be chosen.
 */
export class ConsumerRegistry {
  private readonly ofProxy: readonly (readonly [string, KnownKey])[];
  private known: ReadonlyMap<string, KnownKey> = new Map();
  private consumers: readonly Consumer[] = [];

  /** @param proxyKeys the keys of `PROXY_API_KEY` */
  constructor(proxyKeys: readonly string[], configured: readonly ConfiguredConsumer[]) {
    this.ofProxy = proxyKeys.map((key) => knownKey(keyDigest(key).toString('hex'), PROXY));
    this.replace(configured);
  }

  /** The consumers of the file, in its order. */
  list(): readonly Consumer[] {
    return this.consumers;
  }

  /** Replaces the consumers; the holder of `PROXY_API_KEY` stays. */
  replace(configured: readonly ConfiguredConsumer[]): void {
    this.known = new Map([
      ...configured.flatMap(({ consumer, keys }) => keys.map((key) => knownKey(key, consumer))),
      ...this.ofProxy,
    ]);
    this.consumers = configured.map(({ consumer }) => consumer);
  }

  /** @param key as Node reads a header, in Latin-1, which preserves its bytes */
  holderOf(key: string): Consumer | undefined {
    const digest = keyDigest(Buffer.from(key, 'latin1'));
    const known = this.known.get(digest.toString('hex'));
    return timingSafeEqual(known?.digest ?? NO_KEY, digest) ? known?.consumer : undefined;
  }
}

/** The SHA-256 of a key's bytes, by which it is identified. */
export function keyDigest(key: string | Buffer): Buffer {
  return hash('sha256', key, 'buffer');
}

function knownKey(hex: string, consumer: Consumer): readonly [string, KnownKey] {
  return [hex, { digest: Buffer.from(hex, 'hex'), consumer }];
}
