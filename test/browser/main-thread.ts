import type { Browser, Page } from 'playwright-core';

/** An event of Chromium's own tracing; times in microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  /** The part of it in which the thread really ran: it stays the same on a busy machine. */
  readonly tdur?: number;
  readonly args: { readonly name?: string; readonly data?: { readonly frames?: readonly Frame[] } };
}

interface Frame {
  readonly url: string;
  readonly processId: number;
}

export interface MainThread {
  /** Its tasks, the longest first, in milliseconds of the thread's own time. */
  readonly cpuMs: readonly number[];
  /** The same in time that passed, whatever else the machine had to do. */
  readonly wallMs: readonly number[];
}

const CATEGORIES = ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'];

/** What the page's main thread was busy with while something was done. */
export async function watchMainThread(
  browser: Browser,
  page: Page,
  work: () => Promise<void>,
): Promise<MainThread> {
  await browser.startTracing(page, { categories: CATEGORIES });
  try {
    await work();
    // A task is recorded at its end: another one says that it has ended.
    await page.evaluate('new Promise((done) => setTimeout(done))');
  } catch (error) {
    await browser.stopTracing();
    throw error;
  }
  const trace = JSON.parse((await browser.stopTracing()).toString('utf8')) as {
    traceEvents: TraceEvent[];
  };
  return mainThreadOf(trace.traceEvents, page.url());
}

function mainThreadOf(events: readonly TraceEvent[], url: string): MainThread {
  const frames = events.flatMap(({ args }) => args.data?.frames ?? []);
  const { processId } = frames.find((frame) => frame.url === url) ?? {};
  const thread = events.find(
    ({ name, pid, args }) =>
      name === 'thread_name' && args.name === 'CrRendererMain' && pid === processId,
  );
  const tasks = events.filter(
    ({ ph, pid, tid, name }) =>
      ph === 'X' && pid === thread?.pid && tid === thread.tid && name.endsWith('RunTask'),
  );
  const sorted = (times: readonly (number | undefined)[]) =>
    times.map((time) => (time ?? 0) / 1000).sort((one, other) => other - one);
  return {
    cpuMs: sorted(tasks.map(({ tdur }) => tdur)),
    wallMs: sorted(tasks.map(({ dur }) => dur)),
  };
}
