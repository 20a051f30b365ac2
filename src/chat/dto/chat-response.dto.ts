import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

class ShownImageUrlDto {
  /** The image as a data URI, JPEG or PNG unless another format was requested. */
  @ApiProperty({ type: String, example: 'data:image/jpeg;base64,/9j/4AAQSkZJRgABAQ…' })
  readonly url!: string;
}

export class ShownImageDto {
  @ApiProperty({ type: String, enum: ['image_url'] })
  readonly type!: 'image_url';

  /** Its index among the images, from 0. */
  readonly index!: number;

  readonly image_url!: ShownImageUrlDto;
}

class ChatMessageDto {
  @ApiProperty({ type: String, enum: ['assistant'] })
  readonly role!: 'assistant';

  /**
   * The model's text. For programs that only show text, it contains the images as markdown.
   * @example ''
   */
  readonly content!: string;

  @ApiProperty({ type: String, nullable: true, example: null })
  readonly refusal!: string | null;

  /** All images, whatever `n` is; absent if the model has made none. */
  @ApiPropertyOptional({ type: [ShownImageDto] })
  readonly images?: ShownImageDto[];
}

class ChatChoiceDto {
  /** @example 0 */
  readonly index!: number;

  @ApiProperty({ type: String, enum: ['stop', 'length', 'content_filter'] })
  readonly finish_reason!: 'stop' | 'length' | 'content_filter';

  @ApiProperty({ type: Object, nullable: true, example: null })
  readonly logprobs!: object | null;

  readonly message!: ChatMessageDto;
}

class ChatTokensDto {
  /**
   * The model's thoughts.
   * @example 137
   */
  readonly reasoning_tokens!: number;

  /** @example 1120 */
  readonly image_tokens!: number;
}

export class ChatUsageDto {
  /** @example 12 */
  readonly prompt_tokens!: number;

  /** @example 1290 */
  readonly completion_tokens!: number;

  /** @example 1302 */
  readonly total_tokens!: number;

  readonly completion_tokens_details!: ChatTokensDto;

  /**
   * What the request cost in US dollars; absent with `COST_HEADER=off`.
   * @example 0.1344
   */
  readonly cost?: number;
}

/** The response to a chat. */
export class ChatCompletionResponseDto {
  /** @example chatcmpl-5f0c9b1d4f3e4c57b7d6a3a1c2e4f608 */
  readonly id!: string;

  @ApiProperty({ type: String, enum: ['chat.completion'] })
  readonly object!: 'chat.completion';

  /**
   * When the response was made, in epoch seconds.
   * @example 1790000000
   */
  readonly created!: number;

  /**
   * The model that was called.
   * @example gemini-3-pro-image
   */
  readonly model!: string;

  /** A single choice, with all images. */
  @ApiProperty({ type: [ChatChoiceDto] })
  readonly choices!: ChatChoiceDto[];

  /** Summed over all calls; absent if the model reported none. */
  @ApiPropertyOptional({ type: ChatUsageDto })
  readonly usage?: ChatUsageDto;
}
