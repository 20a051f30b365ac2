import { ApiProperty } from '@nestjs/swagger';

/** How an image request is mapped to upstream calls. */
export class ImagesPlanDto {
  /**
   * The Gemini model that is called.
   * @example gemini-3-pro-image
   */
  readonly model!: string;

  /** The aspect ratio that is sent; null if none is, and the model chooses. */
  @ApiProperty({ type: String, nullable: true, example: '16:9' })
  readonly aspect_ratio!: string | null;

  /** The `imageSize` that is sent; null if none is, and the model uses its default. */
  @ApiProperty({ type: String, nullable: true, example: '2K' })
  readonly image_size!: string | null;

  /**
   * The number of calls, one per image.
   * @example 2
   */
  readonly calls!: number;

  /**
   * The cost of the images at the list price, in USD. Prompts and reference images add about a
   * hundredth.
   * @example 0.2688
   */
  readonly list_price_usd!: number;

  /** What cannot be done as asked, as in `X-Mapping-Warning`. */
  @ApiProperty({ type: [String], example: [] })
  readonly warnings!: string[];
}
