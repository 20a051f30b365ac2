import type { Account } from '../accounts/account';
import { looksLikeWholeBase64 } from '../json/base64-blob';
import type { JsonBlob } from '../json/json-blob';
import { otherModelWarning } from '../mapping/served-model';
import type { ImageUsage } from '../mapping/usage';
import { readImageHeader, type ImageHeader } from './pixels/image-header';

/** An image, the metadata in its bytes, and its source. */
export interface SourcedImage {
  /** The image in base64. */
  readonly data: JsonBlob;
  readonly header: ImageHeader;
  readonly accountEmail: string;
  readonly provider: Account['provider'];
}

/** The metadata of a paid call. */
interface PaidCall {
  readonly usage: ImageUsage | undefined;
  /** How many of its output tokens are thoughts, if Google reports it. */
  readonly thoughtTokens?: number | undefined;
  /** The model that served the call, if it is not the one that was asked for. */
  readonly otherModel?: string | undefined;
}

/** One generated and paid image. */
export interface GeneratedImage extends SourcedImage, PaidCall {
  /** The text that the model returned with it, if text is wanted. */
  readonly text?: JsonBlob | undefined;
}

/** Text without an image, if text is wanted; it is charged like an image. */
export interface GeneratedText extends PaidCall {
  readonly text: JsonBlob;
  /** Whether the model ran out of tokens before it had finished. */
  readonly isCutShort: boolean;
  readonly accountEmail: string;
  readonly provider: Account['provider'];
}

/** The result of one call. */
export type Generated = GeneratedImage | GeneratedText;

export function isImage(generated: Generated): generated is GeneratedImage {
  return 'data' in generated;
}

/** The bytes of a result. */
export function slicesOf(made: Generated): readonly Buffer[] {
  const text = made.text?.chunks ?? [];
  return isImage(made) ? [...made.data.chunks, ...text] : text;
}

/** A draft of an image that the model shows while it works. */
export interface PartialImage extends SourcedImage {
  /** From 0, counted per image of a request. */
  readonly partialIndex: number;
}

/** Undefined for bytes that are not an image of a known format, or are incomplete. */
export function sourcedImage(
  data: JsonBlob,
  { email, provider }: Account,
): SourcedImage | undefined {
  const header = readImageHeader(data);
  // The base64 is passed on unchanged, so it must be complete; only its two ends are checked.
  return header === undefined || !looksLikeWholeBase64(data)
    ? undefined
    : { data, header, accountEmail: email, provider };
}

/** Warnings about other models that served the request, one per model. */
export function otherModelWarnings(
  made: readonly { readonly otherModel?: string | undefined }[],
): readonly string[] {
  const others = new Set(made.flatMap(({ otherModel }) => otherModel ?? []));
  return [...others].map(otherModelWarning);
}
