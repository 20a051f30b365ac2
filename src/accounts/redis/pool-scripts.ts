import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RedisCommand } from '../../redis/redis-connection';

/** One hash tag in every key: a cluster then keeps them on one node, which scripts require. */
const PREFIX = 'easel:{pool}:';

/** In the order in which prelude.lua names them. */
const KEYS = [
  'leases',
  'inflight',
  'freed',
  'health',
  'counter',
  'turns',
  'replicas',
  'epoch',
  'checks',
  'served',
];

/** One `.lua` file each; Redis runs scripts atomically. */
const SCRIPTS = [
  'acquire',
  'release',
  'write-health',
  'forget-health',
  'claim-check',
  'start-waiting',
  'stop-waiting',
  'sync',
] as const;

export type PoolScript = (typeof SCRIPTS)[number];

/**
 * How long a freed slot is reserved for the requests whose turn it is, on any replica, in
 * milliseconds.
 */
export const FREED_LEASE_TURN_MS = 100;

/** How long a credential check counts for all replicas: longer than a rolling start takes. */
export const CHECK_COUNTS_MS = 10 * 60_000;

/** How long the state outlives the last replica. */
export const MEMORY_SECONDS = 7 * 24 * 3600;

/** The keys of every script. The last one is the channel: a script publishes each of its changes. */
export function poolKeys(channel: string): readonly string[] {
  return [...KEYS.map((name) => PREFIX + name), channel];
}

/** Redis's numbered databases do not separate channels, so the number is part of the name. */
export function poolChannel(database: number): string {
  return `${PREFIX}news:${database}`;
}

/** The script's command name; other code shares the connection. */
export function commandName(script: PoolScript): string {
  return `pool:${script}`;
}

/** Reads all scripts from disk, prelude included. */
export function loadPoolCommands(): readonly RedisCommand[] {
  const prelude = readLua('prelude');
  return SCRIPTS.map((script) => ({
    name: commandName(script),
    lua: prelude + readLua(script),
    numberOfKeys: KEYS.length + 1,
  }));
}

function readLua(name: string): string {
  return readFileSync(join(__dirname, `${name}.lua`), 'utf8');
}
