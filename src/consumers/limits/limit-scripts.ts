import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RedisCommand } from '../../redis/redis-connection';
import type { LimitStatus, ShortLimit } from './limit-status';

/** One `.lua` file each; Redis runs scripts atomically. */
const SCRIPTS = ['reserve', 'finish', 'look', 'restore'] as const;

export type LimitScript = (typeof SCRIPTS)[number];

/** What a script replies. */
export interface LimitReply {
  /** The limit that refused the reservation. */
  readonly refusedBy?: ShortLimit;
  readonly retryMs: number;
  readonly status: LimitStatus;
}

/**
 * In the order in which prelude.lua names them; one hash tag, so that a cluster keeps them on one
 * node.
 */
export function limitKeys(consumer: string): readonly string[] {
  return ['minute', 'concurrent'].map((name) => `easel:{limits:${consumer}}:${name}`);
}

/** The script's command name; other code shares the connection. */
export function commandName(script: LimitScript): string {
  return `limits:${script}`;
}

/** Reads all scripts from disk, prelude included. */
export function loadLimitCommands(): readonly RedisCommand[] {
  const prelude = readLua('prelude');
  return SCRIPTS.map((script) => ({
    name: commandName(script),
    lua: prelude + readLua(script),
    numberOfKeys: 2,
  }));
}

export function readReply(reply: unknown): LimitReply {
  const [kind, retryMs, inWindow, resetMs, atWork] = reply as readonly unknown[];
  const status = { inWindow: Number(inWindow), resetMs: Number(resetMs), atWork: Number(atWork) };
  const read = { retryMs: Number(retryMs), status };
  switch (kind) {
    case 'minute':
      return { ...read, refusedBy: 'imagesPerMinute' };
    case 'concurrent':
      return { ...read, refusedBy: 'concurrentImages' };
    default:
      return read;
  }
}

function readLua(name: string): string {
  return readFileSync(join(__dirname, `${name}.lua`), 'utf8');
}
