/**
 * What a compressed body may come to for each of its bytes. Prose shrinks to a third, JSON that repeats itself to a
 * tenth or a twentieth, base64 to three quarters; deflate ends at 1,032, and brotli has no end.
 */
export const MAX_RATIO = 100;

/** Up to this size, in bytes, the ratio does not matter: a short text may well be one letter repeated. */
const UNSUSPECTED_BYTES = 1024 * 1024;

/** Whether a body comes to so much more than was sent of it that there is next to nothing in it. */
export function isInflated(compressedBytes: number, decodedBytes: number): boolean {
  return decodedBytes > UNSUSPECTED_BYTES && decodedBytes > compressedBytes * MAX_RATIO;
}
