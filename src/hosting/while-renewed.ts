/**
 * Works under a lease, which is renewed meanwhile, so that it may be short: what a process leaves that dies in the work
 * is soon nobody's. No renewal is left under way, since it could bring a lease back that has been given up.
 *
 * @param renew its failure is no reason to stop: the lease then ends early, and another process may begin the same
 */
export async function whileRenewed<T>(
  { everyMs, renew }: { readonly everyMs: number; readonly renew: () => Promise<unknown> },
  work: () => Promise<T>,
): Promise<T> {
  let renewal: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    renewal = renewal.then(renew).catch(() => undefined);
  }, everyMs).unref();
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await renewal;
  }
}
