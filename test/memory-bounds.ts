/**
 * How much memory a process may take: so many times `MAX_INFLIGHT_MB`, and so much besides, in MiB, on one or two
 * cores. The base is the process itself, one body of `MAX_BODY_MB` beyond the limit, and one image that is decoded as a
 * whole. Operators are told the same figures (docs/deployment.md), and the manifests have room for them.
 */
export const MEMORY_FACTOR = 1.5;
export const MEMORY_BASE_MEBIBYTES = 600;

/** What a process with this `MAX_INFLIGHT_MB` may take, in MiB. */
export function memoryBound(maxInflightMegabytes: number): number {
  return maxInflightMegabytes * MEMORY_FACTOR + MEMORY_BASE_MEBIBYTES;
}
