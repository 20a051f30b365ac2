import { ApiProperty } from '@nestjs/swagger';

/** What a request for images becomes upstream. */
export class ImagesPlanDto {
  /**
   * The Gemini model that is called.
   * @example gemini-3-pro-image
   */
  readonly model!: string;

  /** The aspect ratio that is sent; null where none is, and the model chooses. */
  @ApiProperty({ type: String, nullable: true, example: '16:9' })
  readonly aspect_ratio!: string | null;

  /** The `imageSize` that is sent; null where none is, and the model makes its usual one. */
  @ApiProperty({ type: String, nullable: true, example: '2K' })
  readonly image_size!: string | null;

  /**
   * How many calls are made, one for each image.
   * @example 2
   */
  readonly calls!: number;

  /**
   * What the images cost at the list price, in USD. Prompts and reference images come on top: about a hundredth.
   * @example 0.2688
   */
  readonly list_price_usd!: number;

  /** What cannot be done as asked, as in `X-Mapping-Warning`. */
  @ApiProperty({ type: [String], example: [] })
  readonly warnings!: string[];
}
