/**
 * Runs work under a lease that is renewed until the work ends. The lease can then be short: if the
 * process dies, it soon expires. No renewal is left pending, since it could restore a lease that
 * was given up.
 *
 * @param renew if it fails, the work continues: the lease then expires early, and another process
 * may begin the same work
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
