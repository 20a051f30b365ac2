import { ApiProperty, ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import { IMAGE_SIZE_OR_AUTO } from '../images/dto/generate-images.dto';
import { GenerateImagesJsonDto } from '../images/dto/image-bodies.dto';

/** The body of `POST /v1/images`: that of a generation, with OpenRouter's word for the image size. */
export class OpenRouterImagesDto extends OmitType(GenerateImagesJsonDto, ['response_format']) {
  /** The image size: `1K`, `2K` or `4K`, and `512` where the model has it. `image_size` wins over it. */
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

  /** By the image's own bytes. */
  @ApiProperty({ type: String, example: 'image/jpeg' })
  readonly media_type!: string;

  /** The prompt that was really sent; only there when it is not the client's own. */
  @ApiPropertyOptional({ type: String })
  readonly revised_prompt?: string;
}

class OpenRouterTokensDto {
  /** @example 1120 */
  readonly image_tokens!: number;
}

/** What the images cost in tokens, in the words of a chat. */
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

/** What every event says of its image. */
class OpenRouterEventDto extends OmitType(OpenRouterImageDto, ['revised_prompt']) {
  /** The name of the event once more. */
  readonly type!: string;

  /** Which of the n images it is, from 0. */
  @ApiProperty({ type: 'integer', minimum: 0 })
  readonly image_index!: number;
}

/** An image that the model shows while it works on another, as OpenRouter has it. */
export class OpenRouterPartialEventDto extends OpenRouterEventDto {
  /** From 0, for each image. */
  @ApiProperty({ type: 'integer', minimum: 0 })
  readonly partial_image_index!: number;
}

/** An image that is done, as OpenRouter has it. */
export class OpenRouterCompletedEventDto extends OpenRouterEventDto {
  /** Epoch seconds. */
  @ApiProperty({ type: 'integer', example: 1_790_000_000 })
  readonly created!: number;

  /** Of this image alone; complete, or left out. */
  readonly usage?: OpenRouterUsageDto;
}

/** The response to `POST /v1/images`. */
export class OpenRouterImagesResponseDto {
  /**
   * When it was made, in epoch seconds.
   * @example 1790000000
   */
  readonly created!: number;

  /** At least one image; fewer than `n` when some calls failed. */
  readonly data!: OpenRouterImageDto[];

  /** Complete, or left out. */
  readonly usage?: OpenRouterUsageDto;
}

class ImageModelArchitectureDto {
  @ApiProperty({ type: [String], example: ['text', 'image'] })
  readonly input_modalities!: readonly string[];

  @ApiProperty({ type: [String], example: ['image'] })
  readonly output_modalities!: readonly string[];
}

/** A model in OpenRouter's shape. */
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
   * Where there is more about it.
   * @example /api/v1/models/gemini-3-pro-image
   */
  readonly endpoints!: string;

  /** Each field that it listens to, with the values that it takes. */
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
