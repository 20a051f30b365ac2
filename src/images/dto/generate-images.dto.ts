import type { ImageRequestFields } from '../../mapping/image-request';
import { ALL_ASPECT_RATIOS, ALL_IMAGE_SIZES } from '../../mapping/model-catalogue';
import {
  OptionalBoolean,
  OptionalChoice,
  OptionalInteger,
  OptionalText,
  RequiredText,
} from './field-rules';

const INT32 = 2 ** 31;

/** A size in either letter case, or `WIDTHxHEIGHT` as SiliconFlow's clients send it. */
const IMAGE_SIZE = `^\\s*(${ALL_IMAGE_SIZES.map((size) => size.replace('K', '[Kk]')).join('|')}|\\d+\\s*[xX×]\\s*\\d+)\\s*$`;

/** The same where `auto` asks for none. */
export const IMAGE_SIZE_OR_AUTO = `${IMAGE_SIZE}|^\\s*auto\\s*$`;

/** OpenAI's own sentence, which clients know. */
const NO_ALPHA = new Map([
  ['transparent', 'Transparent background is not supported for this model.'],
]);

/**
 * The body of `POST /v1/images/generations`. Unknown fields are ignored, and `null` is the same as
 * leaving a field out. The order of the properties is the order in which faults are reported.
 */
export class GenerateImagesDto {
  /**
   * The model. Gemini image models are called by their own names; `dall-e-2`, `dall-e-3`,
   * `gpt-image-*`, `chatgpt-image-*` and `imagen-*` stand for the default model. A suffix may carry ratio and
   * resolution: `gemini-3-pro-image-16x9-4k`.
   * @example gemini-3-pro-image
   */
  @OptionalText()
  readonly model?: string;

  /**
   * What to draw.
   * @example A minimalist rocket icon, flat design
   */
  @RequiredText(32_000)
  readonly prompt!: string;

  /**
   * How many images to make, 1 unless you say otherwise and 10 at most unless the operator has set
   * another limit; each is a call of its own, all at the same time.
   * @example 1
   */
  @OptionalInteger(1)
  readonly n?: number;

  /**
   * `WIDTHxHEIGHT`. Gemini takes a ratio, so the standard ratio nearest to it is used; anything
   * that cannot be read gives 1:1 and a line in `X-Mapping-Warning`.
   * @example 1920x1080
   */
  @OptionalText()
  readonly size?: string;

  /**
   * `hd` asks for 4K and `medium` for 2K; any other value leaves the resolution to the model.
   * @example standard
   */
  @OptionalText()
  readonly quality?: string;

  /**
   * Adds a short phrase to the prompt; the prompt that was really sent comes back as
   * `revised_prompt`. Left out, the prompt is not touched.
   */
  @OptionalChoice(['vivid', 'natural'])
  readonly style?: 'vivid' | 'natural';

  /**
   * `b64_json` gives the image as base64; `url` gives a data URI, `data:image/jpeg;base64,…`.
   * The default is `b64_json`, but `url` for `dall-e-2` and `dall-e-3`, as with OpenAI.
   */
  @OptionalChoice(['url', 'b64_json'])
  readonly response_format?: 'b64_json' | 'url';

  /** The image format. Left out, the image comes as the model made it, byte for byte. */
  @OptionalChoice(['png', 'webp', 'jpeg'])
  readonly output_format?: 'png' | 'jpeg' | 'webp';

  /** The quality of a `jpeg` or `webp`, from 0 to 100, the best; `png` loses nothing anyway. */
  @OptionalInteger(0, 100)
  readonly output_compression?: number;

  /** `opaque` and `auto` mean the same; `transparent` is refused: no Gemini image model makes alpha. */
  @OptionalChoice(['opaque', 'auto'], NO_ALPHA)
  readonly background?: 'opaque' | 'auto';

  /** Accepted for OpenAI's clients. Google's own safety settings apply. */
  @OptionalChoice(['auto', 'low'])
  readonly moderation?: 'auto' | 'low';

  /**
   * How much the model thinks before it draws: its thinking level, if it has several. Otherwise a line in
   * `X-Mapping-Warning` says so.
   */
  @OptionalChoice(['low', 'medium', 'high'])
  readonly complexity?: 'low' | 'medium' | 'high';

  /** `flex` is cheaper and slower, `priority` dearer and faster, by Google's terms; `auto` and `default` are neither. */
  @OptionalChoice(['auto', 'default', 'flex', 'priority'])
  readonly service_tier?: 'auto' | 'default' | 'flex' | 'priority';

  /**
   * Whatever identifies your end user; requests with the same value prefer the same account. `safety_identifier` has
   * taken its place.
   */
  @OptionalText()
  readonly user?: string;

  /**
   * Whatever identifies your end user; requests with the same value prefer the same account, and it comes back in the
   * response. Wins over `user` unless it is empty.
   */
  @OptionalText()
  readonly safety_identifier?: string;

  /**
   * `true` sends server-sent events instead of JSON: `image_generation.partial_image` as often as
   * `partial_images` allows, and `image_generation.completed` for each image as soon as it is there.
   * Events carry `b64_json`, whatever `response_format` says.
   */
  @OptionalBoolean()
  readonly stream?: boolean;

  /**
   * The maximum number of partial images per image that a stream shows, 0 to 3. Default 0.
   * They are Gemini's own drafts: there may be fewer, and `gemini-2.5-flash-image` has none.
   * @example 0
   */
  @OptionalInteger(0, 3)
  readonly partial_images?: number;

  /**
   * Easel's own: the aspect ratio in Gemini's words, such as `16:9`. Wins over `size`. Only some
   * models make `1:4`, `4:1`, `1:8` and `8:1`.
   * @example 16:9
   */
  @OptionalText({ enum: ALL_ASPECT_RATIOS })
  readonly aspect_ratio?: string;

  /**
   * Easel's own: the resolution in Gemini's words, `1K`, `2K` or `4K`, and `512` for `gemini-3.1-flash-image`. Wins over
   * `quality`. A `WIDTHxHEIGHT` is read as `size`.
   * @example 1K
   */
  @OptionalText({ pattern: IMAGE_SIZE })
  readonly image_size?: string;

  /** `aspect_ratio` in Gemini's spelling; read if that is left out. */
  @OptionalText({ enum: [...ALL_ASPECT_RATIOS, 'auto'] })
  readonly aspectRatio?: string;

  /** `image_size` in Gemini's spelling; read if that is left out. */
  @OptionalText({ pattern: IMAGE_SIZE_OR_AUTO })
  readonly imageSize?: string;

  /** Easel's own: how many images, where `n` is left out (SiliconFlow's name for it). */
  @OptionalInteger(1)
  readonly batch_size?: number;

  /** Easel's own: the same seed and prompt tend to give the same image. */
  @OptionalInteger(-INT32, INT32 - 1)
  readonly seed?: number;
}

/** Where other dialects have these fields, `auto` and an empty text in them ask for nothing. */
function asked(text: string | undefined): string | undefined {
  return ['', 'auto'].includes(text?.trim().toLowerCase() ?? '') ? undefined : text;
}

/** The part of a request that decides what is asked of Gemini. */
export function toImageRequestFields(
  dto: Omit<GenerateImagesDto, 'prompt'>,
  prompt: string,
): ImageRequestFields {
  return {
    prompt,
    model: dto.model,
    n: dto.n,
    size: dto.size,
    quality: dto.quality,
    style: dto.style,
    responseFormat: dto.response_format,
    outputFormat: dto.output_format,
    outputCompression: dto.output_compression,
    aspectRatio: dto.aspect_ratio ?? asked(dto.aspectRatio),
    imageSize: dto.image_size ?? asked(dto.imageSize),
    batchSize: dto.batch_size,
    seed: dto.seed,
    complexity: dto.complexity,
    serviceTier: dto.service_tier,
    partialImages: dto.stream === true ? dto.partial_images : undefined,
    user: [dto.safety_identifier, dto.user].find((id) => id !== undefined && id !== ''),
  };
}
