import { ApiProperty } from '@nestjs/swagger';

/** Input and output modalities of a model. */
class ModelArchitectureDto {
  @ApiProperty({ type: [String], example: ['text', 'image'] })
  readonly input_modalities!: readonly string[];

  @ApiProperty({ type: [String], example: ['image', 'text'] })
  readonly output_modalities!: readonly string[];
}

/** List prices in USD per token, as texts; prices that are not in the list are omitted. */
class ModelPricingDto {
  /**
   * For input, both text and images.
   * @example 0.000002
   */
  readonly prompt!: string;

  /**
   * For text in the output, thoughts included.
   * @example 0.000012
   */
  readonly completion!: string;

  /**
   * For images in the output.
   * @example 0.00012
   */
  readonly image_output!: string;
}

/** A model in OpenAI's format, with the members that OpenRouter's clients read. */
export class ModelDto {
  /** @example gemini-3-pro-image */
  readonly id!: string;

  /** @example model */
  readonly object!: string;

  /**
   * Epoch seconds.
   * @example 1767225600
   */
  readonly created!: number;

  /**
   * `google`, or `easel-alias` for a name that stands for another model.
   * @example google
   */
  readonly owned_by!: string;

  /**
   * Its display name.
   * @example Nano Banana Pro (Gemini 3 Pro Image)
   */
  readonly name!: string;

  readonly description!: string;

  readonly architecture!: ModelArchitectureDto;

  readonly pricing?: ModelPricingDto;

  /** The request fields that it supports. */
  @ApiProperty({ type: [String], example: ['n', 'size', 'seed'] })
  readonly supported_parameters!: readonly string[];
}

export class ModelListDto {
  /** @example list */
  readonly object!: string;

  readonly data!: ModelDto[];
}
