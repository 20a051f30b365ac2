import { readHealth } from '../health-record';
import type { AccountHealth } from '../account-health';

/** The record of an account's health; each change has a higher version. */
export interface HealthRecord {
  readonly version: number;
  readonly health: AccountHealth;
}

/** The reply of a script that may refuse the operation. */
export type ScriptResult =
  | { readonly kind: 'done'; readonly version: number }
  /** Another replica has changed the account; undefined if there is no readable record. */
  | { readonly kind: 'stale'; readonly record: HealthRecord | undefined }
  | { readonly kind: 'full'; readonly remoteCount: number; readonly sequence: number }
  | { readonly kind: 'turn' };

export type PoolMessage =
  | {
      readonly kind: 'lease';
      readonly sequence: number;
      readonly change: number;
      readonly replica: string;
      readonly email: string;
    }
  | { readonly kind: 'health'; readonly field: string; readonly record: HealthRecord };

/** The complete state in Redis, at one moment. */
export interface SyncReply {
  /** Changes when Redis has lost its data. */
  readonly epoch: string;
  /** Messages up to this number are already included. */
  readonly sequence: number;
  /** The time until the first lease of another replica expires unless renewed, in milliseconds. */
  readonly nextExpiryMs: number | undefined;
  /** By email. */
  readonly remoteCounts: ReadonlyMap<string, number>;
  /** By field. */
  readonly health: ReadonlyMap<string, HealthRecord>;
}

/** Reads the reply of acquire.lua or write-health.lua; undefined if there was none. */
export function readScriptResult(reply: unknown): ScriptResult | undefined {
  const [kind, value, sequence] = Array.isArray(reply) ? (reply as readonly unknown[]) : [];
  switch (kind) {
    case 'done':
      return { kind, version: Number(value) };
    case 'stale':
      return { kind, record: readRecord(String(value)) };
    case 'full':
      return { kind, remoteCount: Number(value), sequence: Number(sequence) };
    case 'turn':
      return { kind };
    default:
      return undefined;
  }
}

/** Reads a message of the channel; undefined if it is not one of the pool's. */
export function readMessage(message: string): PoolMessage | undefined {
  const lease = /^place (\d+) ([+-]1) (\S+) (.*)$/s.exec(message);
  if (lease !== null) {
    const [, sequence, change, replica = '', email = ''] = lease;
    return { kind: 'lease', sequence: Number(sequence), change: Number(change), replica, email };
  }
  const [, version = '', field = '', json = ''] =
    /^health (\d+) ([^\n]*)\n(.*)$/s.exec(message) ?? [];
  const record = readRecord(`${version} ${json}`);
  return record === undefined ? undefined : { kind: 'health', field, record };
}

/** Reads the reply of sync.lua; undefined if there was none. */
export function readSync(reply: unknown): SyncReply | undefined {
  if (!Array.isArray(reply)) {
    return undefined;
  }
  const [epoch, sequence, nextExpiry, counts, records] = reply as readonly unknown[];
  const health = new Map<string, HealthRecord>();
  for (const [field, text] of pairs(records)) {
    const record = readRecord(text);
    if (record !== undefined) {
      health.set(field, record);
    }
  }
  return {
    epoch: String(epoch),
    sequence: Number(sequence),
    nextExpiryMs: nextExpiry === '' ? undefined : Number(nextExpiry),
    remoteCounts: new Map(pairs(counts).map(([email, count]) => [email, Number(count)])),
    health,
  };
}

/** A stored record: `<version> <json>`. */
function readRecord(text: string): HealthRecord | undefined {
  const space = text.indexOf(' ');
  const version = Number(text.slice(0, Math.max(space, 0)));
  return version > 0 ? { version, health: readHealth(text.slice(space + 1)) } : undefined;
}

/** A hash, which Redis returns as a list of alternating names and values. */
function pairs(list: unknown): readonly (readonly [string, string])[] {
  const items = Array.isArray(list) ? list.map(String) : [];
  return Array.from(
    { length: Math.floor(items.length / 2) },
    (_, index) => [items[2 * index] ?? '', items[2 * index + 1] ?? ''] as const,
  );
}
