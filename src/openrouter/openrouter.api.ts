import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiExtraModels, ApiOperation, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { OpenAiErrorBodyDto } from '../http/errors/openai-error.dto';
import { EXAMPLE_IMAGE } from '../images/dto/example-images';
import { imageEventSchema } from '../images/dto/image-events.api';
import {
  ApiImageErrors,
  ApiImageRequestHeaders,
  IMAGE_HEADERS,
} from '../images/dto/image-responses.api';
import { INPUT_FAULTS } from '../images/dto/input-faults.api';
import {
  OpenRouterCompletedEventDto,
  OpenRouterImagesDto,
  OpenRouterImagesResponseDto,
  OpenRouterPartialEventDto,
} from './openrouter.dto';

/** Swagger's description of `POST /v1/images`. */
export const ApiOpenRouterImages = (): MethodDecorator =>
  applyDecorators(
    ApiExtraModels(
      OpenRouterImagesResponseDto,
      OpenRouterPartialEventDto,
      OpenRouterCompletedEventDto,
      OpenAiErrorBodyDto,
    ),
    ApiOperation({
      summary: 'Make images, as OpenRouter’s Image API does',
      description:
        'The same as `POST /v1/images/generations` with other names: `resolution` for `image_size`, ' +
        'images in `input_references`, a `media_type` with each image, and `usage` as in a chat. With ' +
        '`stream: true` the events are `image_generation.partial_image` and `image_generation.completed`.',
    }),
    ApiImageRequestHeaders(),
    ApiBody({
      type: OpenRouterImagesDto,
      examples: {
        'A wide image in 2K': {
          value: {
            model: 'google/gemini-3-pro-image',
            prompt: 'A lighthouse at dusk',
            aspect_ratio: '16:9',
            resolution: '2K',
          },
        },
        'From another image': {
          value: {
            prompt: 'Paint it by night',
            input_references: [{ type: 'image_url', image_url: { url: EXAMPLE_IMAGE } }],
          },
        },
      },
    }),
    ApiResponse({
      status: 200,
      description: 'At least one image; with `stream: true`, events.',
      content: {
        'application/json': { schema: { $ref: getSchemaPath(OpenRouterImagesResponseDto) } },
        'text/event-stream': {
          schema: imageEventSchema(
            'image_generation',
            OpenRouterPartialEventDto,
            OpenRouterCompletedEventDto,
          ),
        },
      },
      headers: IMAGE_HEADERS,
    }),
    ApiImageErrors({
      ...INPUT_FAULTS,
      'A body that is not JSON': {
        kind: 'unsupported_content_type',
        message: 'Invalid Content-Type header, expected application/json.',
      },
    }),
  );
