import { MEDIA_TYPE_BYTES, mediaTypeOf } from './media-type';

/** Stores without a better type declare octet-stream; S3 uses its own `binary/octet-stream`. */
const POSSIBLE_TYPE = /^(?:image\/|application\/octet-stream|binary\/octet-stream)/i;

/**
 * The start of a file whose declared type may be wrong, so the bytes decide. If neither suggests an
 * image, the rest need not be read.
 */
export class FileStart {
  private bytes: Buffer = Buffer.alloc(0);
  private isImage: boolean | undefined;

  constructor(declaredType: string | undefined) {
    this.isImage = declaredType === undefined || POSSIBLE_TYPE.test(declaredType) || undefined;
  }

  /** Adds the next bytes. @returns whether it may be an image */
  add(chunk: Buffer): boolean {
    if (this.isImage === undefined) {
      const missing = MEDIA_TYPE_BYTES - this.bytes.length;
      this.bytes = Buffer.concat([this.bytes, chunk.subarray(0, missing)]);
    }
    return this.bytes.length < MEDIA_TYPE_BYTES || this.end();
  }

  /** Marks the end of the file. @returns whether it may be an image */
  end(): boolean {
    this.isImage ??= mediaTypeOf(this.bytes)?.startsWith('image/') === true;
    return this.isImage;
  }
}
