/**
 * The account that a request pins.
 *
 * @param header `X-Account-Email`, whose bytes are UTF-8, as Easel sends them; Node reads them as
 * Latin-1
 * @returns undefined without such a header, or if it is empty
 */
export function pinnedAccountOf(
  header: string | readonly string[] | undefined,
): string | undefined {
  return typeof header === 'string'
    ? Buffer.from(header, 'latin1').toString('utf8').trim() || undefined
    : undefined;
}
