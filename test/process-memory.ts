import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [, MMAP_THRESHOLD = ''] =
  /MALLOC_MMAP_THRESHOLD_=(\d+)/.exec(readFileSync(join(__dirname, '../Dockerfile'), 'utf8')) ?? [];

/** How the Docker image makes glibc return large blocks: docs/deployment.md reckons with it. */
export const RETURNING_LARGE_BLOCKS = { MALLOC_MMAP_THRESHOLD_: MMAP_THRESHOLD } as const;

/** What a process has of the machine's memory (`VmRSS`), or the most that it ever had (`VmHWM`), in MiB. */
export function mebibytesOf(pid: number | undefined, name: 'VmHWM' | 'VmRSS'): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'latin1');
  return Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
}
