import { ApiProperty, ApiPropertyOptional, IntersectionType, PickType } from '@nestjs/swagger';
import { OptionalBoolean, OptionalNumber, OptionalText } from '../../images/dto/field-rules';
import { GenerateImagesDto } from '../../images/dto/generate-images.dto';
import { ALL_ASPECT_RATIOS } from '../../mapping/model-catalogue';

/**
 * The fields that mean something else in a chat than in the Images API, or that it does not have.
 */
class ChatOwnFields {
  /**
   * The model: any name that the Images API accepts. `openrouter/auto` stands for the default
   * model, and a name may end in `:image`.
   * @example gemini-3-pro-image
   */
  @OptionalText()
  readonly model?: string;

  /**
   * `WIDTHxHEIGHT`; its aspect ratio is used. Without any ratio none is sent: the model chooses,
   * and follows the image that it edits.
   * @example 1024x1024
   */
  @OptionalText()
  readonly size?: string;

  /** `true` sends the response as server-sent events, OpenAI's chunks, and ends with `data: [DONE]`. */
  @OptionalBoolean()
  readonly stream?: boolean;

  /**
   * Forwarded to the model.
   * @example 1
   */
  @OptionalNumber(0, 2)
  readonly temperature?: number;

  /**
   * Forwarded to the model.
   * @example 0.95
   */
  @OptionalNumber(0, 1)
  readonly top_p?: number;
}

/** The fields of a chat that are validated one by one, including those of `image_config`. */
export class ChatFieldsDto extends IntersectionType(
  ChatOwnFields,
  PickType(GenerateImagesDto, [
    'n',
    'batch_size',
    'aspect_ratio',
    'image_size',
    'quality',
    'style',
    'output_format',
    'output_compression',
    'background',
    'moderation',
    'seed',
    'complexity',
    'service_tier',
    'user',
    'safety_identifier',
  ]),
) {}

const TEXT_PART = {
  type: 'object' as const,
  required: ['type', 'text'],
  properties: {
    type: { type: 'string' as const, enum: ['text'] },
    text: { type: 'string' as const },
  },
};

const IMAGE_PART = {
  type: 'object' as const,
  required: ['type', 'image_url'],
  properties: {
    type: { type: 'string' as const, enum: ['image_url'] },
    image_url: {
      type: 'object' as const,
      required: ['url'],
      properties: {
        url: {
          type: 'string' as const,
          description: 'A data URI, or an http(s) URL that is publicly reachable.',
        },
      },
    },
  },
};

const MESSAGE = {
  type: 'object' as const,
  required: ['role'],
  properties: {
    role: {
      type: 'string' as const,
      enum: ['system', 'developer', 'user', 'assistant', 'tool', 'function'],
    },
    content: {
      nullable: true,
      oneOf: [
        { type: 'string' as const },
        { type: 'array' as const, items: { anyOf: [TEXT_PART, IMAGE_PART] } },
      ],
    },
    images: {
      type: 'array' as const,
      nullable: true,
      description: 'In an assistant’s message: the images of an earlier response.',
      items: IMAGE_PART,
    },
  },
};

/** The parts of the body that are parsed before validation. */
class ChatConversation {
  /**
   * The conversation. The last message of the user with text or an image is the prompt; earlier
   * ones are its context, with up to 14 images. Markdown images in a text count as images.
   */
  @ApiProperty({ type: 'array', minItems: 1, items: MESSAGE })
  readonly messages!: unknown[];

  /**
   * `["image"]` asks for an image alone. Otherwise the model may add text to the image, or ask a
   * question instead.
   * @example ["image", "text"]
   */
  @ApiPropertyOptional({
    type: 'array',
    nullable: true,
    items: { type: 'string', enum: ['image', 'text'] },
  })
  readonly modalities?: string[];

  /**
   * The image configuration, with OpenRouter's names. Any field of the Images API is accepted here,
   * and takes precedence over the same field at the top level.
   */
  @ApiPropertyOptional({
    type: 'object',
    nullable: true,
    properties: {
      aspect_ratio: { type: 'string', enum: [...ALL_ASPECT_RATIOS] },
      image_size: { type: 'string', example: '2K' },
    },
    additionalProperties: true,
  })
  readonly image_config?: object;

  /** `{"include_usage": true}` adds a last chunk with the usage. */
  @ApiPropertyOptional({
    type: 'object',
    nullable: true,
    properties: { include_usage: { type: 'boolean' } },
  })
  readonly stream_options?: object;
}

/** The body of `POST /v1/chat/completions`, for Swagger only. */
export class ChatCompletionDto extends IntersectionType(ChatConversation, ChatFieldsDto) {}
