import { setTimeout as sleep } from 'node:timers/promises';

const LOOKS_EVERY_MS = 10;

/** No machine is so busy that it takes longer. Shorter than Jest's own limit, which would not say what was waited for. */
const PATIENCE_MS = 240_000;

/** Resolves as soon as something holds. How long that takes is the machine's affair, not the test's. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (Date.now() > deadline) {
      throw new Error(`It never came to this: ${isSo.toString()}`);
    }
    await sleep(LOOKS_EVERY_MS);
  }
}
