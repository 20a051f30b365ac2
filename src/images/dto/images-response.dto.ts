import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** One image. It has `b64_json` or `url`, never both. */
class ImageDto {
  /** The image: bare, standard, padded base64. */
  @ApiPropertyOptional({ type: String, format: 'byte', example: '/9j/4AAQSkZJRgABAQ…' })
  readonly b64_json?: string;

  /** The image as a data URI. */
  @ApiPropertyOptional({ type: String, example: 'data:image/jpeg;base64,/9j/4AAQSkZJRgABAQ…' })
  readonly url?: string;

  /** The prompt that was really sent; only there when it is not the client's own. */
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
   * The model's thoughts are among them.
   * @example 230
   */
  readonly text_tokens!: number;

  /** @example 1120 */
  readonly image_tokens!: number;
}

/** What the images cost in tokens, summed over all of them. */
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
   * When it was made, in epoch seconds.
   * @example 1790000000
   */
  readonly created!: number;

  /** At least one image, in the order they were asked for; fewer than `n` when some calls failed. */
  readonly data!: ImageDto[];

  /**
   * The format of the first image, read from its bytes.
   * @example jpeg
   */
  readonly output_format!: string;

  /**
   * The pixel size of the first image, read from its bytes.
   * @example 1376x768
   */
  readonly size!: string;

  /** Complete, or left out. */
  readonly usage?: UsageDto;

  /** No Gemini image model makes alpha. */
  @ApiProperty({ type: String, enum: ['opaque'], example: 'opaque' })
  readonly background!: string;

  /** Gemini knows no such steps. */
  @ApiProperty({ type: String, enum: ['auto'], example: 'auto' })
  readonly quality!: string;

  /** The request's own `safety_identifier`, else its `user`; left out where it has neither. */
  @ApiPropertyOptional({ type: String, example: 'user-1234' })
  readonly safety_identifier?: string;
}
