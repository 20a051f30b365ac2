import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiOperation } from '@nestjs/swagger';
import { GenerateImagesJsonDto } from './image-bodies.dto';
import { ApiImageErrors, ApiImageRequestHeaders, ApiImagesResponses } from './image-responses.api';

/** Swagger's description of `POST /v1/images/generations`. */
export const ApiGenerateImages = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      summary: 'Make images from a prompt',
      description:
        'Maps `size` to an aspect ratio and `quality` to a resolution, calls Gemini n times in ' +
        'parallel through the account pool, and merges the results. If some of the n calls ' +
        'fail, the others are returned with 200 and the two counts in the headers differ. With ' +
        '`stream: true` the response is an event stream, and each image is sent as soon as it is ' +
        'finished. The emulator refuses a prompt that contains `[refuse]`.',
    }),
    ApiImageRequestHeaders(),
    ApiBody({
      type: GenerateImagesJsonDto,
      examples: {
        Minimal: { value: { prompt: 'A minimalist rocket icon, flat design' } },
        'A wide image in 2K': {
          value: {
            prompt: 'A lighthouse at dusk, waves against the rocks',
            size: '1920x1080',
            quality: 'medium',
          },
        },
        'Four at once': {
          value: { prompt: 'A paper crane on a wooden table', n: 4, size: '1024x1024' },
        },
        'As a data URI': {
          value: { prompt: 'A single red maple leaf', response_format: 'url' },
        },
        'With Gemini’s own parameters': {
          value: {
            model: 'gemini-3-pro-image',
            prompt: 'A skyline of glass towers',
            aspect_ratio: '21:9',
            image_size: '1K',
            seed: 7,
          },
        },
        'As a stream, with partial images': {
          value: { prompt: 'A lighthouse in the fog', stream: true, partial_images: 2 },
        },
      },
    }),
    ApiImagesResponses('image_generation'),
    ApiImageErrors({
      'A body that is not JSON': {
        kind: 'unsupported_content_type',
        message: 'Invalid Content-Type header, expected application/json.',
      },
    }),
  );
