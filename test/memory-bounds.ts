import { Env } from '../src/config/env';
import { MAX_WHOLE_BYTES } from '../src/images/pixels/whole-bytes';

const MEBIBYTE = 1024 * 1024;

/**
 * How much memory a process may take: so many times the bytes that it may hold, and the process itself, in MiB, on one or
 * two cores. docs/deployment.md has the same figures, and the limits in the manifests allow for them.
 *
 * The half on top is what the allocator keeps: glibc gives pages back only from the end of an arena.
 */
export const MEMORY_FACTOR = 1.5;

/**
 * The process by itself after some requests. Measured on Node 20: 140 to 161, of which are code and libraries 60, V8's
 * heap 75 (its young generation 32), and the rest sharp and buffers. On Node 24: 196, and 197 after a warm-up.
 */
export const PROCESS_MEBIBYTES = 240;

/**
 * What comes on top whatever `MAX_INFLIGHT_MB` is: the process, and beyond the limit one body, as the eldest is
 * always let in, and one image that is decoded as a whole, as an image at work never waits. Rounded up.
 */
export const MEMORY_BASE_MEBIBYTES =
  Math.ceil(
    (PROCESS_MEBIBYTES + MEMORY_FACTOR * (new Env().MAX_BODY_MB + MAX_WHOLE_BYTES / MEBIBYTE)) / 10,
  ) * 10;

/** What a process with this `MAX_INFLIGHT_MB` may take, in MiB. */
export function memoryBound(maxInflightMegabytes: number): number {
  return maxInflightMegabytes * MEMORY_FACTOR + MEMORY_BASE_MEBIBYTES;
}

/**
 * The same for clients that send no larger body than this, and whose images are not decoded, in MiB: so tight that the
 * bound is exceeded by work that is not counted.
 */
export function memoryBoundOfBytes(maxInflightMegabytes: number, bodyMegabytes: number): number {
  return (maxInflightMegabytes + bodyMegabytes) * MEMORY_FACTOR + PROCESS_MEBIBYTES;
}
