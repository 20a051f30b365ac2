import { openSync, readSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Loaded into a process before its own code (`--require`): how late its timers are, how long the event
 * loop was held, and what memory is really in use. SIGWINCH writes that to the file that BENCH_WATCH_FILE
 * names, and starts anew. (On SIGUSR2, which would suit better, Nest shuts down.)
 */
const file = process.env['BENCH_WATCH_FILE'] ?? '/dev/null';
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();

/**
 * The CPU time of the main thread, in milliseconds. Unlike the clock it does not run while other
 * processes have the core, so what passes between two turns of the loop is only work.
 */
const schedule = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
const text = Buffer.alloc(64);
function cpuMs(): number {
  const length = readSync(schedule, text, 0, text.length, 0);
  return Number(text.toString('latin1', 0, length).split(' ', 1)[0]) / 1e6;
}

let last = cpuMs();
let held: number[] = [];
setInterval(() => {
  const now = cpuMs();
  held.push(now - last);
  last = now;
}, 1).unref();

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

process.on('SIGWINCH', () => {
  const [lateMaxMs, lateP99Ms] = [delay.max, delay.percentile(99)].map((ns) => ns / 1e6);
  const heldMs = held;
  collect();
  const { heapUsed, external } = process.memoryUsage();
  writeFileSync(
    file,
    JSON.stringify({ lateMaxMs, lateP99Ms, heldMs, inUseBytes: heapUsed + external }),
  );
  delay.reset();
  last = cpuMs();
  held = [];
});
