import { openSync, readSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * Loaded into a process before its own code (`--require`): how late its timers are, and how long the event
 * loop was held. SIGWINCH writes that to the file that BENCH_WATCH_FILE
 * names, and starts anew. (On SIGUSR2, which would suit better, Nest shuts down.)
 */
const file = process.env['BENCH_WATCH_FILE'] ?? '/dev/null';
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();

/**
 * What the main thread has spent on the CPU, in milliseconds. Unlike the clock it does not run while
 * others have the core, so what passes between two turns of the loop is work and nothing else.
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

process.on('SIGWINCH', () => {
  const [lateMaxMs, lateP99Ms] = [delay.max, delay.percentile(99)].map((ns) => ns / 1e6);
  const heldMs = held;
  writeFileSync(file, JSON.stringify({ lateMaxMs, lateP99Ms, heldMs }));
  delay.reset();
  last = cpuMs();
  held = [];
});
