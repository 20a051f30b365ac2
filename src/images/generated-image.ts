import type { Account } from '../accounts/account';
import { looksLikeWholeBase64 } from '../json/base64-blob';
import type { JsonBlob } from '../json/json-blob';
import { otherModelWarning } from '../mapping/served-model';
import type { ImageUsage } from '../mapping/usage';
import { readImageHeader, type ImageHeader } from './pixels/image-header';

/** An image, what its own bytes say of it, and where it is from. */
export interface SourcedImage {
  /** The image in base64. */
  readonly data: JsonBlob;
  readonly header: ImageHeader;
  readonly accountEmail: string;
  readonly provider: Account['provider'];
}

/** What a paid call says of itself. */
interface PaidCall {
  readonly usage: ImageUsage | undefined;
  /** How many of its output tokens are thoughts, where Google says it. */
  readonly thoughtTokens?: number | undefined;
  /** The model that it came from, where it is another one than was asked for. */
  readonly otherModel?: string | undefined;
}

/** One image, made and paid for. */
export interface GeneratedImage extends SourcedImage, PaidCall {
  /** What the model says beside it, where text is wanted. */
  readonly text?: JsonBlob | undefined;
}

/** Words without an image, where they are wanted: as paid for as an image. */
export interface GeneratedText extends PaidCall {
  readonly text: JsonBlob;
  /** Whether the tokens ran out before it was at its end. */
  readonly isCutShort: boolean;
  readonly accountEmail: string;
  readonly provider: Account['provider'];
}

/** What one call has come to. */
export type Generated = GeneratedImage | GeneratedText;

export function isImage(generated: Generated): generated is GeneratedImage {
  return 'data' in generated;
}

/** Where the bytes of what was made are. */
export function slicesOf(made: Generated): readonly Buffer[] {
  const text = made.text?.chunks ?? [];
  return isImage(made) ? [...made.data.chunks, ...text] : text;
}

/** What the model shows of an image while it works on it. */
export interface PartialImage extends SourcedImage {
  /** From 0, for each image of a request. */
  readonly partialIndex: number;
}

/** Undefined for bytes that are no image of a known format, or not all of one. */
export function sourcedImage(
  data: JsonBlob,
  { email, provider }: Account,
): SourcedImage | undefined {
  const header = readImageHeader(data);
  // The base64 goes on as it came, so it must be whole; its two ends are looked at, not all of it.
  return header === undefined || !looksLikeWholeBase64(data)
    ? undefined
    : { data, header, accountEmail: email, provider };
}

/** What there is to say of what another model has made, once for each model. */
export function otherModelWarnings(
  made: readonly { readonly otherModel?: string | undefined }[],
): readonly string[] {
  const others = new Set(made.flatMap(({ otherModel }) => otherModel ?? []));
  return [...others].map(otherModelWarning);
}
