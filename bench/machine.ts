import { cpus, totalmem, type } from 'node:os';
import type { Machine } from './results';

/** What this machine is; neither its name nor anything else that tells one from another. */
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
