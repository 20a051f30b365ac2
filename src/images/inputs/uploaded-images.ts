import type { ImageUrl } from './image-url.service';
import type { ImageField } from './input-image';

/** A file of a form, not read yet. */
export interface UploadedFile {
  /** Removed from the list as they are read. */
  readonly bytes: Buffer[];
  /** The client's type, for messages only. */
  readonly declaredType?: string | undefined;
  readonly field: ImageField;
}

/** The images of a request, and a mask or markup for the first of them. */
export interface Uploaded<T> {
  /** In their intended order; at least one. */
  readonly images: readonly T[];
  readonly mask?: T | undefined;
  /** Marks that point at things in the first image; cannot be combined with a mask. */
  readonly markup?: T | undefined;
}

/** The images of a request as received, all unread: files of a form, or URLs in JSON. */
export type UploadedImages =
  | ({ readonly kind: 'files' } & Uploaded<UploadedFile>)
  | ({ readonly kind: 'urls' } & Uploaded<ImageUrl>);

/** A parsed body with images. */
export interface ParsedEdit {
  /** All fields except the images, as JSON would have them, unchecked. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly uploads: UploadedImages;
  /** Fields that have no meaning here but do elsewhere, each with the reason. */
  readonly meaningless: ReadonlyMap<string, string>;
  /** All fields that were sent, if `fields` holds only the known ones. */
  readonly sent?: Readonly<Record<string, unknown>>;
}
