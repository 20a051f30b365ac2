import { grid } from './report';
import type { Holdings } from './replica';

/** Windows at the start that are warm-up: V8's heap and the allocator find their size. */
const WARM_UP = 5;
/** How much more the last third may hold than the first, after the warm-up. */
const MOST_RESIDENT = 1.25;
const MOST_RESIDENT_BYTES = 32 * 1024 * 1024;
const MOST_HANDLES = 10;

/** What each replica held at the end of each window. */
export function windowTable(windows: readonly (readonly Holdings[])[]): string {
  const rows = windows.flatMap((window, at) =>
    window.map(({ residentBytes, sockets, files, timers }, replica) => [
      `${at + 1}`,
      String(replica),
      (residentBytes / 1e6).toFixed(0),
      String(sockets),
      String(files),
      String(timers),
    ]),
  );
  return grid([['minute', 'replica', 'MB', 'sockets', 'files', 'timers'], ...rows]);
}

/** What has grown from the first third of the windows to the last, as text. */
export function growthIn(windows: readonly (readonly Holdings[])[]): readonly string[] {
  const warm = windows.slice(WARM_UP);
  const third = Math.floor(warm.length / 3);
  if (third === 0) {
    return [];
  }
  return [0, 1].flatMap((replica) => {
    return (['residentBytes', 'sockets', 'files', 'timers'] as const).flatMap((what) => {
      // Handles fluctuate by dozens with the current requests. A leak shows in the least busy
      // window too.
      const level = what === 'residentBytes' ? median : least;
      const levelOf = (part: readonly (readonly Holdings[])[]): number =>
        level(part.map((window) => window[replica]?.[what] ?? 0));
      const first = levelOf(warm.slice(0, third));
      const last = levelOf(warm.slice(-third));
      const bound =
        what === 'residentBytes'
          ? Math.max(first * MOST_RESIDENT, first + MOST_RESIDENT_BYTES)
          : first + MOST_HANDLES;
      return last > bound ? [`replica ${replica}: ${what} from ${first} to ${last}`] : [];
    });
  });
}

function least(values: readonly number[]): number {
  return Math.min(...values);
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
