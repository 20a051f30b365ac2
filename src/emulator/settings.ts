import type { EmulatorOptions } from './emulator';
import type { Drawing } from './renderer';

const DEFAULT_PORT = 8046;
const DRAWINGS: readonly Drawing[] = ['pictures', 'plain', 'detailed'];

/**
 * Reads the stand-alone emulator's settings: `EMULATOR_HOST`, `EMULATOR_PORT`,
 * `EMULATOR_LATENCY_MS`, `EMULATOR_DRAWING`, `EMULATOR_KEYS` (comma-separated).
 * @throws an error that names every invalid variable
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): EmulatorOptions {
  const faults: string[] = [];
  const integer = (name: string, fallback: number, most: number): number => {
    const text = env[name]?.trim() ?? '';
    const value = text === '' ? fallback : Number(text);
    if (!Number.isInteger(value) || value < 0 || value > most) {
      faults.push(`${name} must be an integer from 0 to ${most}, not "${text}"`);
    }
    return value;
  };
  const host = env['EMULATOR_HOST']?.trim() ?? '';
  const port = integer('EMULATOR_PORT', DEFAULT_PORT, 65_535);
  const latencyMs = integer('EMULATOR_LATENCY_MS', 0, 3_600_000);
  const named = env['EMULATOR_DRAWING']?.trim() ?? '';
  const drawing = DRAWINGS.find((one) => one === (named === '' ? 'pictures' : named));
  if (drawing === undefined) {
    faults.push(`EMULATOR_DRAWING must be one of ${DRAWINGS.join(', ')}, not "${named}"`);
  }
  const keys = (env['EMULATOR_KEYS'] ?? '')
    .split(',')
    .map((key) => key.trim())
    .filter((key) => key !== '');
  if (faults.length > 0) {
    throw new Error(faults.join('\n'));
  }
  return {
    host: host === '' ? '127.0.0.1' : host,
    port,
    latencyMs,
    ...(drawing === undefined ? {} : { drawing }),
    ...(keys.length === 0 ? {} : { keys }),
  };
}
