import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { UsageDto } from './images-response.dto';

/** The members that all events have. */
class ImageEventDto {
  /** The name of the event, repeated. */
  readonly type!: string;

  /** The image: bare, standard, padded base64. */
  @ApiProperty({ type: String, format: 'byte', example: '/9j/4AAQSkZJRgABAQ…' })
  readonly b64_json!: string;

  /** Epoch seconds. */
  @ApiProperty({ type: 'integer', example: 1_790_000_000 })
  readonly created_at!: number;

  /** The size in pixels, read from the image's bytes. */
  @ApiProperty({ type: String, example: '1376x768' })
  readonly size!: string;

  /** Always `auto`: Gemini has no quality levels. */
  @ApiProperty({ type: String, enum: ['auto'] })
  readonly quality!: string;

  /** Always `opaque`: no Gemini image model generates transparency. */
  @ApiProperty({ type: String, enum: ['opaque'] })
  readonly background!: string;

  /** The format, read from the image's bytes. */
  @ApiProperty({ type: String, example: 'jpeg' })
  readonly output_format!: string;

  /** Easel extension: which of the n images this is, from 0. */
  @ApiProperty({ type: 'integer', minimum: 0 })
  readonly image_index!: number;
}

/** A draft that the model shows while it works on the image. */
export class PartialImageEventDto extends ImageEventDto {
  /** From 0, counted per image. */
  @ApiProperty({ type: 'integer', minimum: 0 })
  readonly partial_image_index!: number;
}

/** A finished image. */
export class CompletedImageEventDto extends ImageEventDto {
  /** The usage of this image alone; omitted unless complete. */
  @ApiPropertyOptional({ type: () => UsageDto })
  readonly usage?: UsageDto;

  /** The prompt that Easel sent, if `style` changed it. */
  @ApiPropertyOptional({ type: String })
  readonly revised_prompt?: string;

  /** The request's `safety_identifier`, otherwise its `user`; omitted if it has neither. */
  @ApiPropertyOptional({ type: String })
  readonly safety_identifier?: string;
}
