import { readHealth } from '../health-record';
import type { AccountHealth } from '../account-health';

/** What is on record of an account's health; each change has a higher version. */
export interface HealthRecord {
  readonly version: number;
  readonly health: AccountHealth;
}

/** What became of a script that may be refused. */
export type ScriptVerdict =
  | { readonly kind: 'done'; readonly version: number }
  /** Somebody else has changed the account; undefined where what is on record is none of ours. */
  | { readonly kind: 'stale'; readonly record: HealthRecord | undefined }
  | { readonly kind: 'full'; readonly elsewhere: number; readonly sequence: number }
  | { readonly kind: 'turn' };

export type News =
  | {
      readonly kind: 'place';
      readonly sequence: number;
      readonly change: number;
      readonly replica: string;
      readonly email: string;
    }
  | { readonly kind: 'health'; readonly field: string; readonly record: HealthRecord };

/** All that Redis knows, at one moment. */
export interface SyncReply {
  /** Another one means that Redis has lost its memory. */
  readonly epoch: string;
  /** News up to this number is contained. */
  readonly sequence: number;
  /** When the first place of another replica ends unless renewed, in milliseconds from then. */
  readonly nextEndMs: number | undefined;
  /** By email, the places that other replicas hold. */
  readonly elsewhere: ReadonlyMap<string, number>;
  /** By field. */
  readonly health: ReadonlyMap<string, HealthRecord>;
}

/** Reads the answer of ACQUIRE or CHANGE; undefined where there was none. */
export function readVerdict(reply: unknown): ScriptVerdict | undefined {
  const [kind, value, sequence] = Array.isArray(reply) ? (reply as readonly unknown[]) : [];
  switch (kind) {
    case 'done':
      return { kind, version: Number(value) };
    case 'stale':
      return { kind, record: readRecord(String(value)) };
    case 'full':
      return { kind, elsewhere: Number(value), sequence: Number(sequence) };
    case 'turn':
      return { kind };
    default:
      return undefined;
  }
}

/** Reads a message of the channel; undefined where it is none of ours. */
export function readNews(message: string): News | undefined {
  const place = /^place (\d+) ([+-]1) (\S+) (.*)$/s.exec(message);
  if (place !== null) {
    const [, sequence, change, replica = '', email = ''] = place;
    return { kind: 'place', sequence: Number(sequence), change: Number(change), replica, email };
  }
  const [, version = '', field = '', json = ''] =
    /^health (\d+) ([^\n]*)\n(.*)$/s.exec(message) ?? [];
  const record = readRecord(`${version} ${json}`);
  return record === undefined ? undefined : { kind: 'health', field, record };
}

/** Reads the answer of SYNC; undefined where there was none. */
export function readSync(reply: unknown): SyncReply | undefined {
  if (!Array.isArray(reply)) {
    return undefined;
  }
  const [epoch, sequence, nextEnd, places, records] = reply as readonly unknown[];
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
    nextEndMs: nextEnd === '' ? undefined : Number(nextEnd),
    elsewhere: new Map(pairs(places).map(([email, count]) => [email, Number(count)])),
    health,
  };
}

/** A record as it is kept: `<version> <json>`. */
function readRecord(text: string): HealthRecord | undefined {
  const space = text.indexOf(' ');
  const version = Number(text.slice(0, Math.max(space, 0)));
  return version > 0 ? { version, health: readHealth(text.slice(space + 1)) } : undefined;
}

/** A hash, which comes as a list of names and values in turn. */
function pairs(list: unknown): readonly (readonly [string, string])[] {
  const items = Array.isArray(list) ? list.map(String) : [];
  return Array.from(
    { length: Math.floor(items.length / 2) },
    (_, index) => [items[2 * index] ?? '', items[2 * index + 1] ?? ''] as const,
  );
}
