import type { ServerResponse } from 'node:http';

/** How long a client may take nothing of its answer. */
const STALLED_MS = 60_000;

/**
 * Hangs up on a client that has stopped reading, within `STALLED_MS`: it would hold its memory, and
 * the process at its end, for ever.
 */
export function dropWhenStalled(response: ServerResponse): void {
  // Node lets a socket's first time-out pass when anything was taken since the last write, however
  // long ago: it strikes at the second one.
  response.setTimeout(STALLED_MS / 2, () => {
    response.destroy();
  });
}
