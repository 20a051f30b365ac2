import { IntersectionType, OmitType, PickType } from '@nestjs/swagger';
import { OptionalBoolean, OptionalChoice, OptionalText, RequiredText } from './field-rules';
import { GenerateImagesDto } from './generate-images.dto';

/**
 * The fields that mean something else in an edit than in a generation, or that generations do not
 * have.
 */
class EditOwnFields {
  /**
   * What to change, or what to make from the images.
   * @example Add a lighthouse on the hill
   */
  @RequiredText(32_000)
  readonly prompt!: string;

  /**
   * `WIDTHxHEIGHT`; its aspect ratio is used. If it is omitted or `auto`, the model follows the
   * input image. It also does for a text that cannot be parsed, with a line in `X-Mapping-Warning`.
   * With a mask, the result always has the size of the first image.
   * @example auto
   */
  @OptionalText()
  readonly size?: string;

  /**
   * The image format. If omitted, an edit without a mask is returned as the model made it, byte for
   * byte, and one with a mask as `png`, the only format that keeps every pixel exactly.
   */
  @OptionalChoice(['png', 'webp', 'jpeg'])
  readonly output_format?: 'png' | 'jpeg' | 'webp';

  /**
   * Accepted for compatibility with OpenAI's clients, without effect: Gemini has no such option.
   */
  @OptionalChoice(['high', 'low'])
  readonly input_fidelity?: 'high' | 'low';

  /**
   * `true` sends server-sent events instead of JSON: up to `partial_images` events
   * `image_edit.partial_image` per image, and `image_edit.completed` as soon as each image is
   * finished. Events carry `b64_json`, whatever `response_format` says; a mask applies to each of
   * them.
   */
  @OptionalBoolean()
  readonly stream?: boolean;
}

/** The fields of `POST /v1/images/edits`, except the images. A form sends each as text. */
export class EditImagesDto extends IntersectionType(
  PickType(GenerateImagesDto, ['model']),
  EditOwnFields,
  OmitType(GenerateImagesDto, ['model', 'prompt', 'size', 'output_format', 'stream']),
) {}
