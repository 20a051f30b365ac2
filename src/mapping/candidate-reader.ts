import { JsonBlob } from '../json/json-blob';
import { items, member } from '../json/unknown-json';
import { isSpecified, sanitisedReason } from './finish-reason';
import { looksLikeImageBase64 } from './image-base64';
import { field } from './proto-field';

/** No model returns more white space than this. */
const MAX_BLANK_BYTES = 1024;

interface ImagePart {
  readonly data: JsonBlob;
  readonly declaredMimeType?: string;
  readonly thought: boolean;
}

/**
 * Gemini may send drafts before the final image, some marked as thoughts, some as ordinary parts; a
 * draft has been 1K where the final image was 4K. So the last image counts. Occasionally the only
 * image is marked as a thought; it is the final one if the model finished normally. A
 * thoughtSignature does not help: drafts have one too.
 */
export class CandidateReader {
  imageCount = 0;
  finishReason: string | undefined;
  private lastThought: ImagePart | undefined;
  private lastFinal: ImagePart | undefined;
  private readonly texts: JsonBlob[] = [];
  private takenTexts = 0;

  constructor(private readonly wantsText: boolean) {}

  /** Returns the images that are thoughts, and those that a later image has replaced. */
  add(candidate: unknown): readonly JsonBlob[] {
    const finishReason = field(candidate, 'finishReason');
    if (isSpecified(finishReason)) {
      this.finishReason = sanitisedReason(finishReason);
    }
    const parts = items(member(member(candidate, 'content'), 'parts'));
    if (this.wantsText) {
      this.texts.push(...parts.flatMap(readTextPart));
    }
    return parts.flatMap(readImagePart).flatMap((part) => this.addImage(part));
  }

  /** All text so far; undefined if there is none, or only white space. */
  get text(): JsonBlob | undefined {
    return this.texts.every(isBlank) ? undefined : JsonBlob.join(this.texts);
  }

  takeText(): JsonBlob | undefined {
    const texts = this.texts.slice(this.takenTexts);
    this.takenTexts = this.texts.length;
    return texts.length === 0 ? undefined : JsonBlob.join(texts);
  }

  finalImage(finishReason: string | undefined): ImagePart | undefined {
    if (finishReason === undefined) {
      return undefined;
    }
    return this.lastFinal ?? (finishReason === 'STOP' ? this.lastThought : undefined);
  }

  private addImage(part: ImagePart): readonly JsonBlob[] {
    this.imageCount += 1;
    if (part.thought) {
      this.lastThought = part;
      return [part.data];
    }
    const replaced = this.lastFinal;
    this.lastFinal = part;
    return replaced === undefined ? [] : [replaced.data];
  }
}

/** Thoughts are not part of the model's text. */
function readTextPart(part: unknown): readonly JsonBlob[] {
  const text = member(part, 'thought') === true ? undefined : toBlob(member(part, 'text'));
  return text === undefined ? [] : [text];
}

function isBlank(text: JsonBlob): boolean {
  return text.byteLength < MAX_BLANK_BYTES && /^\s*$/.test(text.toText());
}

function readImagePart(part: unknown): readonly ImagePart[] {
  const inlineData = field(part, 'inlineData');
  const mimeType = field(inlineData, 'mimeType');
  const declaredMimeType = typeof mimeType === 'string' ? mimeType : undefined;
  const data = toBlob(member(inlineData, 'data'));
  if (data === undefined || !mayBeImage(declaredMimeType, data)) {
    return [];
  }
  return [{ data, declaredMimeType, thought: member(part, 'thought') === true }];
}

/**
 * Relays label images with any type, or none: a label of another type is checked against the bytes.
 */
function mayBeImage(declaredMimeType: string | undefined, data: JsonBlob): boolean {
  return (
    declaredMimeType === undefined ||
    /^image\//i.test(declaredMimeType) ||
    looksLikeImageBase64(data)
  );
}

function toBlob(data: unknown): JsonBlob | undefined {
  const blob = typeof data === 'string' ? JsonBlob.from(Buffer.from(data)) : data;
  return blob instanceof JsonBlob && blob.byteLength > 0 ? blob : undefined;
}
