import type { Readable } from 'node:stream';

/** An image on its way into a store. */
export interface ImageFile {
  readonly fileName: string;
  readonly byteLength: number;
  /**
   * Its bytes, which may be begun anew where a write is tried again. A piece is overwritten by the next, so it must be
   * written away, or copied, before that is asked for.
   *
   * @param memory where images may put their pieces, each but the last filling it
   */
  readonly bytes: (memory?: Buffer) => Iterable<Buffer>;
}

/** An image in a store. Whoever opened it closes it. */
export interface StoredImage {
  readonly byteLength: number;
  /** Epoch milliseconds. */
  readonly storedAt: number;
  /**
   * Its bytes, or those from the first to the last of a range; undefined where the image went in between.
   * The stream closes the image as well.
   */
  read(range?: ByteRange): Promise<Readable | undefined>;
  close(): Promise<void>;
}

/** Both ends belong to it, as in `Range: bytes=0-9`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What a sweep has deleted. */
export interface Swept {
  readonly byAge: number;
  readonly bySize: number;
}

/** Where images are kept. Every method fails with what went wrong, and never with half of an image. */
export interface ImageStore {
  /** For the log and the metrics. */
  readonly kind: 'disk' | 's3';
  /** How many bytes it holds, as far as it knows; undefined where nobody counts. */
  readonly heldBytes: number | undefined;
  write(image: ImageFile, signal: AbortSignal): Promise<void>;
  /** Undefined where there is no such image. */
  open(fileName: string): Promise<StoredImage | undefined>;
  /**
   * Deletes the images that are too old, and what crashes have left behind. Of several replicas one does it at a time.
   *
   * @param before epoch milliseconds; undefined where age is no reason
   * @throws the signal's reason when that is aborted
   */
  sweep(before: number | undefined, signal: AbortSignal): Promise<Swept>;
}

/** The token under which Nest injects the {@link ImageStore}; undefined where images are not kept. */
export const IMAGE_STORE = Symbol('ImageStore');
