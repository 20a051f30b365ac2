import { cpus, totalmem, type } from 'node:os';
import type { Machine } from './results';

/** The machine's properties, without its name or anything else that identifies it. */
export function machine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${process.arch}`,
    node: process.version,
  };
}
