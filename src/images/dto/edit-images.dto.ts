import { IntersectionType, OmitType, PickType } from '@nestjs/swagger';
import { OptionalBoolean, OptionalChoice, OptionalText, RequiredText } from './field-rules';
import { GenerateImagesDto } from './generate-images.dto';

/** What means something else in an edit than in a generation, or is not there at all. */
class EditOwnFields {
  /**
   * What to change, or what to make of the images.
   * @example Add a lighthouse on the hill
   */
  @RequiredText(32_000)
  readonly prompt!: string;

  /**
   * `WIDTHxHEIGHT`, from which the aspect ratio is taken. Left out or `auto`, the model follows its
   * input, and so it does, with a line in `X-Mapping-Warning`, where the text cannot be read. With a
   * mask the result has the size of the first image in any case.
   * @example auto
   */
  @OptionalText()
  readonly size?: string;

  /**
   * The image format. Left out, an edit without a mask comes as the model made it, byte for byte,
   * and one with a mask as `png`, which alone keeps every pixel.
   */
  @OptionalChoice(['png', 'webp', 'jpeg'])
  readonly output_format?: 'png' | 'jpeg' | 'webp';

  /** Accepted for OpenAI's clients, without effect: Gemini has no such choice. */
  @OptionalChoice(['high', 'low'])
  readonly input_fidelity?: 'high' | 'low';

  /**
   * `true` sends server-sent events instead of JSON: `image_edit.partial_image` as often as
   * `partial_images` allows, and `image_edit.completed` for each image as soon as it is there.
   * Events carry `b64_json`, whatever `response_format` says; a mask holds in each of them.
   */
  @OptionalBoolean()
  readonly stream?: boolean;
}

/** The fields of `POST /v1/images/edits`, all but the images. A form sends each as text. */
export class EditImagesDto extends IntersectionType(
  PickType(GenerateImagesDto, ['model']),
  EditOwnFields,
  OmitType(GenerateImagesDto, ['model', 'prompt', 'size', 'output_format', 'stream']),
) {}
