import type { Readable } from 'node:stream';

/** An image to be stored. */
export interface ImageFile {
  readonly fileName: string;
  readonly byteLength: number;
  /**
   * Its bytes, which may be iterated again if a write is retried. A piece is overwritten by the
   * next, so it must be written or copied before the next one is requested.
   *
   * @param memory where the image may put its pieces; each but the last fills it
   */
  readonly bytes: (memory?: Buffer) => Iterable<Buffer>;
}

/** A stored image. The caller that opened it must close it. */
export interface StoredImage {
  readonly byteLength: number;
  /** Epoch milliseconds. */
  readonly storedAt: number;
  /**
   * Its bytes, or an inclusive range of them; undefined if the image was deleted in the meantime.
   * The stream closes the image as well.
   */
  read(range?: ByteRange): Promise<Readable | undefined>;
  close(): Promise<void>;
}

/** Both ends are inclusive, as in `Range: bytes=0-9`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What a sweep has deleted. */
export interface Swept {
  readonly byAge: number;
  readonly bySize: number;
}

/**
 * A store of images. Methods either fail with the cause or succeed completely; there are no partial
 * images.
 */
export interface ImageStore {
  /** For the log and the metrics. */
  readonly kind: 'disk' | 's3';
  /** How many bytes it holds; undefined if that is not counted. */
  readonly heldBytes: number | undefined;
  write(image: ImageFile, signal: AbortSignal): Promise<void>;
  /** Undefined if there is no such image. */
  open(fileName: string): Promise<StoredImage | undefined>;
  /**
   * Deletes images that are too old, and what crashes have left behind. Only one replica sweeps at
   * a time.
   *
   * @param before epoch milliseconds; undefined to ignore age
   * @throws the signal's reason if it is aborted
   */
  sweep(before: number | undefined, signal: AbortSignal): Promise<Swept>;
}

/**
 * The token under which Nest injects the {@link ImageStore}; undefined if images are not stored.
 */
export const IMAGE_STORE = Symbol('ImageStore');
