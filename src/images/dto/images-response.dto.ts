import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** One image. It has `b64_json` or `url`, never both. */
class ImageDto {
  /** The image: bare, standard, padded base64. */
  @ApiPropertyOptional({ type: String, format: 'byte', example: '/9j/4AAQSkZJRgABAQ…' })
  readonly b64_json?: string;

  /** The image as a data URI. */
  @ApiPropertyOptional({ type: String, example: 'data:image/jpeg;base64,/9j/4AAQSkZJRgABAQ…' })
  readonly url?: string;

  /** The prompt that was actually sent; omitted if it is the client's own. */
  @ApiPropertyOptional({ type: String })
  readonly revised_prompt?: string;
}

class InputTokensDto {
  /** @example 9 */
  readonly text_tokens!: number;

  /** @example 0 */
  readonly image_tokens!: number;
}

class OutputTokensDto {
  /**
   * Includes the model's thoughts.
   * @example 230
   */
  readonly text_tokens!: number;

  /** @example 1120 */
  readonly image_tokens!: number;
}

/** The tokens of all images, summed. */
export class UsageDto {
  /** @example 9 */
  readonly input_tokens!: number;

  /** @example 1350 */
  readonly output_tokens!: number;

  /** @example 1359 */
  readonly total_tokens!: number;

  readonly input_tokens_details!: InputTokensDto;

  readonly output_tokens_details!: OutputTokensDto;
}

/** The response to an image request. */
export class ImagesResponseDto {
  /**
   * When the response was made, in epoch seconds.
   * @example 1790000000
   */
  readonly created!: number;

  /** At least one image, in the requested order; fewer than `n` if some calls failed. */
  readonly data!: ImageDto[];

  /**
   * The format of the first image, read from its bytes.
   * @example jpeg
   */
  readonly output_format!: string;

  /**
   * The size of the first image in pixels, read from its bytes.
   * @example 1376x768
   */
  readonly size!: string;

  /** Omitted unless complete. */
  readonly usage?: UsageDto;

  /** Always `opaque`: no Gemini image model generates transparency. */
  @ApiProperty({ type: String, enum: ['opaque'], example: 'opaque' })
  readonly background!: string;

  /** Always `auto`: Gemini has no quality levels. */
  @ApiProperty({ type: String, enum: ['auto'], example: 'auto' })
  readonly quality!: string;

  /** The request's `safety_identifier`, otherwise its `user`; omitted if it has neither. */
  @ApiPropertyOptional({ type: String, example: 'user-1234' })
  readonly safety_identifier?: string;
}
