import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { UsageDto } from './images-response.dto';

/** What every event says of its image. */
class ImageEventDto {
  /** The name of the event once more. */
  readonly type!: string;

  /** The image: bare, standard, padded base64. */
  @ApiProperty({ type: String, format: 'byte', example: '/9j/4AAQSkZJRgABAQ…' })
  readonly b64_json!: string;

  /** Epoch seconds. */
  @ApiProperty({ type: 'integer', example: 1_790_000_000 })
  readonly created_at!: number;

  /** The pixel size, read from the image's bytes. */
  @ApiProperty({ type: String, example: '1376x768' })
  readonly size!: string;

  /** Gemini knows no such steps. */
  @ApiProperty({ type: String, enum: ['auto'] })
  readonly quality!: string;

  /** No Gemini image model makes alpha. */
  @ApiProperty({ type: String, enum: ['opaque'] })
  readonly background!: string;

  /** The format, read from the image's bytes. */
  @ApiProperty({ type: String, example: 'jpeg' })
  readonly output_format!: string;

  /** Easel's own: which of the n images it is, from 0. */
  @ApiProperty({ type: 'integer', minimum: 0 })
  readonly image_index!: number;
}

/** An image that the model shows while it works on another. */
export class PartialImageEventDto extends ImageEventDto {
  /** From 0, for each image. */
  @ApiProperty({ type: 'integer', minimum: 0 })
  readonly partial_image_index!: number;
}

/** An image that is done. */
export class CompletedImageEventDto extends ImageEventDto {
  /** Of this image alone; complete, or left out. */
  @ApiPropertyOptional({ type: () => UsageDto })
  readonly usage?: UsageDto;

  /** The request's own `safety_identifier`, else its `user`; left out where it has neither. */
  @ApiPropertyOptional({ type: String })
  readonly safety_identifier?: string;
}
