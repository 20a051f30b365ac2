import type { ImageUrl } from './image-url.service';
import type { ImageField } from './input-image';

/** A file of a form, not looked at yet. */
export interface UploadedFile {
  /** Taken out of the list as they are read. */
  readonly bytes: Buffer[];
  /** What the client calls its type; good for messages only. */
  readonly declaredType?: string | undefined;
  readonly field: ImageField;
}

/** The images of a request, and what lies over the first of them. */
export interface Uploaded<T> {
  /** In the order they are meant; at least one. */
  readonly images: readonly T[];
  readonly mask?: T | undefined;
  /** Marks over the first image, that point at things; not beside a mask. */
  readonly markup?: T | undefined;
}

/** The images of a request as they came: files of a form, or URLs in JSON. Nothing of them has been read. */
export type UploadedImages =
  | ({ readonly kind: 'files' } & Uploaded<UploadedFile>)
  | ({ readonly kind: 'urls' } & Uploaded<ImageUrl>);

/** A body with images, taken apart. */
export interface ParsedEdit {
  /** All but the images, as JSON would have it; nothing has been checked. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly uploads: UploadedImages;
  /** Fields that mean nothing here though they do elsewhere, each with why. */
  readonly meaningless: ReadonlyMap<string, string>;
  /** All that was sent, where `fields` are only those that are known. */
  readonly sent?: Readonly<Record<string, unknown>>;
}
