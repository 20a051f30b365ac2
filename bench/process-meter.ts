import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Linux's figures for processes: the CPU they have used and the memory they hold. */
export interface Memory {
  /** In bytes, like all values here. */
  readonly resident: number;
  /** The maximum since {@link forgetPeak}. */
  readonly peak: number;
}

/** The process and its descendants. */
export function treeOf(pid: number): readonly number[] {
  return [pid, ...childrenOf(pid).flatMap(treeOf)];
}

function childrenOf(pid: number): readonly number[] {
  return tasksOf(pid).flatMap((task) =>
    numbersIn(readOr(`/proc/${pid}/task/${task}/children`, '')),
  );
}

/**
 * CPU time, user and system, over all threads, in milliseconds. The scheduler counts nanoseconds;
 * the figure that most tools show has steps of 10 ms.
 */
export function cpuMs(pids: readonly number[]): number {
  let nanoseconds = 0;
  for (const pid of pids) {
    for (const task of tasksOf(pid)) {
      nanoseconds += numbersIn(readOr(`/proc/${pid}/task/${task}/schedstat`, '0'))[0] ?? 0;
    }
  }
  return nanoseconds / 1e6;
}

export function memoryOf(pids: readonly number[]): Memory {
  let resident = 0;
  let peak = 0;
  for (const pid of pids) {
    const status = readOr(`/proc/${pid}/status`, '');
    resident += kilobytes(status, 'VmRSS');
    peak += kilobytes(status, 'VmHWM');
  }
  return { resident, peak };
}

/** Resets the peak to the current resident size. */
export function forgetPeak(pids: readonly number[]): void {
  for (const pid of pids) {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  }
}

function tasksOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function numbersIn(text: string): readonly number[] {
  return text.trim().split(/\s+/).filter(Boolean).map(Number);
}

function kilobytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
}

/** A thread or a process may end between being listed and being read. */
function readOr(path: string, fallback: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return fallback;
  }
}
