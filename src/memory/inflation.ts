/**
 * The maximum number of bytes that each byte of a compressed body may expand to. Prose shrinks to a
 * third, repetitive JSON to a tenth or a twentieth, base64 to three quarters. Deflate's limit is
 * 1,032, and brotli has none.
 */
export const MAX_RATIO = 100;

/**
 * Up to this decoded size, in bytes, the ratio does not matter: a short text may repeat one letter.
 */
const UNSUSPECTED_BYTES = 1024 * 1024;

/** Whether a body expands so far that it holds next to no information. */
export function isInflated(compressedBytes: number, decodedBytes: number): boolean {
  return decodedBytes > UNSUSPECTED_BYTES && decodedBytes > compressedBytes * MAX_RATIO;
}
