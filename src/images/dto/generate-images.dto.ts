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

/**
 * A size such as `2K` in either letter case, or `WIDTHxHEIGHT` as SiliconFlow's clients send it.
 */
const IMAGE_SIZE = `^\\s*(${ALL_IMAGE_SIZES.map((size) => size.replace('K', '[Kk]')).join('|')}|\\d+\\s*[xX×]\\s*\\d+)\\s*$`;

/** The same, plus `auto`, which asks for no particular size. */
export const IMAGE_SIZE_OR_AUTO = `${IMAGE_SIZE}|^\\s*auto\\s*$`;

/** OpenAI's own message, which clients recognise. */
const NO_ALPHA = new Map([
  ['transparent', 'Transparent background is not supported for this model.'],
]);

/**
 * The body of `POST /v1/images/generations`. Unknown fields are ignored, and `null` is the same as
 * omitting a field. Faults are reported in the order of the properties.
 */
export class GenerateImagesDto {
  /**
   * The model. Gemini image models are called by their own names; `dall-e-2`, `dall-e-3`,
   * `gpt-image-*`, `chatgpt-image-*` and `imagen-*` stand for the default model. A suffix may set
   * ratio and resolution: `gemini-3-pro-image-16x9-4k`.
   * @example gemini-3-pro-image
   */
  @OptionalText()
  readonly model?: string;

  /**
   * The description of the image.
   * @example A minimalist rocket icon, flat design
   */
  @RequiredText(32_000)
  readonly prompt!: string;

  /**
   * How many images to generate: 1 by default, at most 10 unless the operator has set another
   * limit. Each image is a separate call; all run in parallel.
   * @example 1
   */
  @OptionalInteger(1)
  readonly n?: number;

  /**
   * `WIDTHxHEIGHT`. Gemini takes a ratio, so the nearest standard ratio is used. A value that
   * cannot be parsed gives 1:1 and a line in `X-Mapping-Warning`.
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
   * Adds a short phrase to the prompt; the prompt that was actually sent is returned as
   * `revised_prompt`. If omitted, the prompt is not changed.
   */
  @OptionalChoice(['vivid', 'natural'])
  readonly style?: 'vivid' | 'natural';

  /**
   * `b64_json` returns the image as base64, `url` as a data URI, `data:image/jpeg;base64,…`. The
   * default is `b64_json`, but `url` for `dall-e-2` and `dall-e-3`, as with OpenAI.
   */
  @OptionalChoice(['url', 'b64_json'])
  readonly response_format?: 'b64_json' | 'url';

  /** The image format. If omitted, the image is returned as the model made it, byte for byte. */
  @OptionalChoice(['png', 'webp', 'jpeg'])
  readonly output_format?: 'png' | 'jpeg' | 'webp';

  /** The quality of a `jpeg` or `webp`, from 0 to 100 (best); `png` is always lossless. */
  @OptionalInteger(0, 100)
  readonly output_compression?: number;

  /**
   * `opaque` and `auto` mean the same; `transparent` is refused, because no Gemini image model
   * generates transparency.
   */
  @OptionalChoice(['opaque', 'auto'], NO_ALPHA)
  readonly background?: 'opaque' | 'auto';

  /** Accepted for compatibility with OpenAI's clients. Google's own safety settings apply. */
  @OptionalChoice(['auto', 'low'])
  readonly moderation?: 'auto' | 'low';

  /**
   * How much the model thinks before it draws: its thinking level, if it has several. If it has
   * not, a line in `X-Mapping-Warning` says so.
   */
  @OptionalChoice(['low', 'medium', 'high'])
  readonly complexity?: 'low' | 'medium' | 'high';

  /**
   * `flex` is cheaper and slower, `priority` more expensive and faster, by Google's terms; `auto`
   * and `default` use the standard tier.
   */
  @OptionalChoice(['auto', 'default', 'flex', 'priority'])
  readonly service_tier?: 'auto' | 'default' | 'flex' | 'priority';

  /**
   * An identifier of your end user; requests with the same value prefer the same account.
   * Superseded by `safety_identifier`.
   */
  @OptionalText()
  readonly user?: string;

  /**
   * An identifier of your end user; requests with the same value prefer the same account, and the
   * response contains it. Takes precedence over `user` unless it is empty.
   */
  @OptionalText()
  readonly safety_identifier?: string;

  /**
   * `true` sends server-sent events instead of JSON: up to `partial_images` events
   * `image_generation.partial_image` per image, and `image_generation.completed` as soon as each
   * image is finished. Events carry `b64_json`, whatever `response_format` says.
   */
  @OptionalBoolean()
  readonly stream?: boolean;

  /**
   * The maximum number of partial images per image in a stream, 0 to 3. Default 0. They are
   * Gemini's own drafts: there may be fewer, and `gemini-2.5-flash-image` has none.
   * @example 0
   */
  @OptionalInteger(0, 3)
  readonly partial_images?: number;

  /**
   * Easel extension: the aspect ratio as Gemini names it, such as `16:9`. Takes precedence over
   * `size`. Only some models support `1:4`, `4:1`, `1:8` and `8:1`.
   * @example 16:9
   */
  @OptionalText({ enum: ALL_ASPECT_RATIOS })
  readonly aspect_ratio?: string;

  /**
   * Easel extension: the resolution as Gemini names it, `1K`, `2K` or `4K`, and `512` for
   * `gemini-3.1-flash-image`. Takes precedence over `quality`. A `WIDTHxHEIGHT` is treated as
   * `size`.
   * @example 1K
   */
  @OptionalText({ pattern: IMAGE_SIZE })
  readonly image_size?: string;

  /** `aspect_ratio` in Gemini's spelling; used if that is omitted. */
  @OptionalText({ enum: [...ALL_ASPECT_RATIOS, 'auto'] })
  readonly aspectRatio?: string;

  /** `image_size` in Gemini's spelling; used if that is omitted. */
  @OptionalText({ pattern: IMAGE_SIZE_OR_AUTO })
  readonly imageSize?: string;

  /** Easel extension: the number of images if `n` is omitted (SiliconFlow's name for it). */
  @OptionalInteger(1)
  readonly batch_size?: number;

  /** Easel extension: the same seed and prompt tend to give the same image. */
  @OptionalInteger(-INT32, INT32 - 1)
  readonly seed?: number;
}

/** Treats `auto` and an empty text as absent, as other dialects use them in these fields. */
function asked(text: string | undefined): string | undefined {
  return ['', 'auto'].includes(text?.trim().toLowerCase() ?? '') ? undefined : text;
}

/** The fields of a request that decide what Gemini is asked for. */
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
    names: {
      ...(dto.aspect_ratio === undefined ? { aspectRatio: 'aspectRatio' } : {}),
      ...(dto.image_size === undefined ? { imageSize: 'imageSize' } : {}),
    },
  };
}
