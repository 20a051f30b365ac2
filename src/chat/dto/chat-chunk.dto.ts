import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ChatUsageDto, ShownImageDto } from './chat-response.dto';

/** What one chunk adds to the message. */
class ChatDeltaDto {
  @ApiPropertyOptional({ type: String, enum: ['assistant'] })
  readonly role?: 'assistant';

  /** Text to append. */
  @ApiPropertyOptional({ type: String })
  readonly content?: string;

  @ApiPropertyOptional({ type: [ShownImageDto] })
  readonly images?: ShownImageDto[];
}

class ChatChunkChoiceDto {
  /** @example 0 */
  readonly index!: number;

  readonly delta!: ChatDeltaDto;

  @ApiProperty({ type: Object, nullable: true, example: null })
  readonly logprobs!: object | null;

  /** Null until the last chunk. */
  @ApiProperty({ type: String, nullable: true, enum: ['stop', 'length', 'content_filter', null] })
  readonly finish_reason!: 'stop' | 'length' | 'content_filter' | null;
}

/** One event of a chat's stream. */
export class ChatChunkDto {
  /** @example chatcmpl-5f0c9b1d4f3e4c57b7d6a3a1c2e4f608 */
  readonly id!: string;

  @ApiProperty({ type: String, enum: ['chat.completion.chunk'] })
  readonly object!: 'chat.completion.chunk';

  /**
   * When the stream began, in epoch seconds.
   * @example 1790000000
   */
  readonly created!: number;

  /**
   * The model that was called.
   * @example gemini-3-pro-image
   */
  readonly model!: string;

  /** One choice; none in the chunk with the usage. */
  @ApiProperty({ type: [ChatChunkChoiceDto] })
  readonly choices!: ChatChunkChoiceDto[];

  /** With `stream_options.include_usage`: null on all chunks but the last. Otherwise absent. */
  @ApiPropertyOptional({ type: ChatUsageDto, nullable: true })
  readonly usage?: ChatUsageDto | null;
}
