import { randomUUID } from 'node:crypto';
import { isImage, type Generated, type GeneratedImage } from '../images/generated-image';
import { JsonBlob } from '../json/json-blob';
import type { ChatUsage } from './chat-usage';
import { imageUri, markdownImage } from './image-link';
import type { ImagePlacement } from './image-placement';

/** The members that all objects of one response begin with. */
export interface CompletionHead {
  readonly id: string;
  /** Epoch seconds. */
  readonly created: number;
  readonly model: string;
}

export type FinishReason = 'stop' | 'length' | 'content_filter';

/** An image of a message, in OpenRouter's form, which every reader of `images` accepts. */
export interface ShownImage {
  readonly type: 'image_url';
  readonly index: number;
  readonly image_url: { readonly url: JsonBlob };
}

/** OpenAI's response to a chat, with the images still as the bytes that were received. */
export interface ChatCompletion extends CompletionHead {
  readonly object: 'chat.completion';
  readonly choices: readonly [
    {
      readonly index: 0;
      readonly finish_reason: FinishReason;
      readonly logprobs: null;
      readonly message: {
        readonly role: 'assistant';
        /** Never null: several programs read its length. */
        readonly content: JsonBlob | string;
        readonly refusal: null;
        readonly images?: readonly ShownImage[];
      };
    },
  ];
  readonly usage?: ChatUsage;
}

/** Where a message has its images, and their URLs in its text. */
export interface PlacedImages {
  readonly placement: ImagePlacement;
  readonly urls: readonly (string | undefined)[];
}

export const BLANK_LINE = new JsonBlob([Buffer.from('\n\n')]);

/** @param now epoch milliseconds */
export function completionHead(model: string, now: number): CompletionHead {
  return {
    id: `chatcmpl-${randomUUID().replaceAll('-', '')}`,
    created: Math.floor(now / 1000),
    model,
  };
}

/**
 * The response to a chat as one object. All images are in the first choice: no program reads a
 * second one.
 *
 * @param made at least one, in the requested order
 * @param urls of the hosted images, by index among the images; empty if none is hosted
 */
export function chatCompletion(
  head: CompletionHead,
  made: readonly Generated[],
  { placement, urls }: PlacedImages,
  usage: ChatUsage | undefined,
): ChatCompletion {
  const images = made.filter(isImage);
  const texts = [
    ...made.flatMap(({ text }) => (text === undefined ? [] : [text])),
    ...(placement === 'images'
      ? []
      : images.map((image, index) => markdownImage(image, urls[index]))),
  ];
  return completionOf(
    head,
    {
      content: JsonBlob.join(
        texts.flatMap((text, index) => (index === 0 ? text : [BLANK_LINE, text])),
      ),
      ...(placement === 'markdown' || images.length === 0 ? {} : { images: shownImages(images) }),
    },
    finishReason(made),
    usage,
  );
}

/** A response with locally generated text. */
export function textCompletion(
  head: CompletionHead,
  content: string,
  usage: ChatUsage,
): ChatCompletion {
  return completionOf(head, { content }, 'stop', usage);
}

export function shownImages(
  images: readonly GeneratedImage[],
  firstIndex = 0,
): readonly ShownImage[] {
  return images.map((image, index) => ({
    type: 'image_url',
    index: firstIndex + index,
    image_url: { url: imageUri(image) },
  }));
}

/** A response whose text was truncated is incomplete, whatever else came. */
export function finishReason(made: readonly Generated[]): FinishReason {
  return made.some((each) => !isImage(each) && each.isCutShort) ? 'length' : 'stop';
}

function completionOf(
  { id, created, model }: CompletionHead,
  message: Pick<ChatCompletion['choices'][0]['message'], 'content' | 'images'>,
  finish: FinishReason,
  usage: ChatUsage | undefined,
): ChatCompletion {
  const { content, images } = message;
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [
      {
        index: 0,
        finish_reason: finish,
        logprobs: null,
        message: {
          role: 'assistant',
          content,
          refusal: null,
          ...(images === undefined ? {} : { images }),
        },
      },
    ],
    ...(usage === undefined ? {} : { usage }),
  };
}
