import { ApiProperty, ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import { IMAGE_SIZE_OR_AUTO } from '../images/dto/generate-images.dto';
import { GenerateImagesJsonDto } from '../images/dto/image-bodies.dto';

/**
 * The body of `POST /v1/images`: that of a generation, with OpenRouter's name for the image size.
 */
export class OpenRouterImagesDto extends OmitType(GenerateImagesJsonDto, ['response_format']) {
  /**
   * The image size: `1K`, `2K` or `4K`, and `512` if the model supports it. `image_size` takes
   * precedence.
   */
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    pattern: IMAGE_SIZE_OR_AUTO,
    example: '2K',
  })
  readonly resolution?: string;
}

class OpenRouterImageDto {
  /** The image: bare, standard, padded base64. */
  @ApiProperty({ type: String, format: 'byte', example: '/9j/4AAQSkZJRgABAQ…' })
  readonly b64_json!: string;

  /** Determined from the image's own bytes. */
  @ApiProperty({ type: String, example: 'image/jpeg' })
  readonly media_type!: string;

  /** The prompt that was actually sent; omitted if it is the client's own. */
  @ApiPropertyOptional({ type: String })
  readonly revised_prompt?: string;
}

class OpenRouterTokensDto {
  /** @example 1120 */
  readonly image_tokens!: number;
}

/** The tokens of all images, with the names of a chat response. */
class OpenRouterUsageDto {
  /** @example 9 */
  readonly prompt_tokens!: number;

  /** @example 1350 */
  readonly completion_tokens!: number;

  /** @example 1359 */
  readonly total_tokens!: number;

  readonly completion_tokens_details!: OpenRouterTokensDto;

  /**
   * What the request cost in US dollars; absent with `COST_HEADER=off`.
   * @example 0.1344
   */
  readonly cost?: number;
}

/** The members that all events have. */
class OpenRouterEventDto extends OmitType(OpenRouterImageDto, ['revised_prompt']) {
  /** The name of the event, repeated. */
  readonly type!: string;

  /** Which of the n images it is, from 0. */
  @ApiProperty({ type: 'integer', minimum: 0 })
  readonly image_index!: number;
}

/** A draft that the model shows while it works on the image, in OpenRouter's form. */
export class OpenRouterPartialEventDto extends OpenRouterEventDto {
  /** From 0, counted per image. */
  @ApiProperty({ type: 'integer', minimum: 0 })
  readonly partial_image_index!: number;
}

/** A finished image, in OpenRouter's form. */
export class OpenRouterCompletedEventDto extends OpenRouterEventDto {
  /** Epoch seconds. */
  @ApiProperty({ type: 'integer', example: 1_790_000_000 })
  readonly created!: number;

  /** The usage of this image alone; omitted unless complete. */
  readonly usage?: OpenRouterUsageDto;

  /** The prompt that Easel sent, if `style` changed it. */
  readonly revised_prompt?: string;
}

/** The response to `POST /v1/images`. */
export class OpenRouterImagesResponseDto {
  /**
   * When the response was made, in epoch seconds.
   * @example 1790000000
   */
  readonly created!: number;

  /** At least one image; fewer than `n` if some calls failed. */
  readonly data!: OpenRouterImageDto[];

  /** Omitted unless complete. */
  readonly usage?: OpenRouterUsageDto;
}

class ImageModelArchitectureDto {
  @ApiProperty({ type: [String], example: ['text', 'image'] })
  readonly input_modalities!: readonly string[];

  @ApiProperty({ type: [String], example: ['image'] })
  readonly output_modalities!: readonly string[];
}

/** A model in OpenRouter's form. */
class ImageModelDto {
  /** @example gemini-3-pro-image */
  readonly id!: string;

  /** @example Nano Banana Pro (Gemini 3 Pro Image) */
  readonly name!: string;

  readonly description!: string;

  /**
   * Epoch seconds.
   * @example 1767225600
   */
  readonly created!: number;

  readonly architecture!: ImageModelArchitectureDto;

  /**
   * The URL of its details.
   * @example /api/v1/models/gemini-3-pro-image
   */
  readonly endpoints!: string;

  /** The supported fields, each with its accepted values. */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'object', properties: { type: { type: 'string' } } },
    example: { resolution: { type: 'enum', values: ['1K', '2K', '4K'] } },
  })
  readonly supported_parameters!: object;

  readonly supports_streaming!: boolean;
}

export class ImageModelListDto {
  readonly data!: ImageModelDto[];
}
