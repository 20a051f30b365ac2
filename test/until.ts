import { setTimeout as sleep } from 'node:timers/promises';

/** Looks cost CPU that the awaited work needs, so a long wait is looked at less often: after a tenth of itself. */
const FIRST_LOOK_MS = 10;
const LAST_LOOK_MS = 200;

/** No machine is so busy that it takes longer. Shorter than Jest's own limit, which would not say what was waited for. */
const PATIENCE_MS = 240_000;

/** Resolves as soon as something holds. How long that takes is the machine's affair, not the test's. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const startedAt = Date.now();
  while (!(await isSo())) {
    const waitedMs = Date.now() - startedAt;
    if (waitedMs > PATIENCE_MS) {
      throw new Error(`It never came to this: ${isSo.toString()}`);
    }
    await sleep(Math.min(LAST_LOOK_MS, Math.max(FIRST_LOOK_MS, waitedMs / 10)));
  }
}
