import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, getSchemaPath } from '@nestjs/swagger';
import { ApiImageErrors, ApiImageRequestHeaders, ApiImagesResponses } from './image-responses.api';
import { IMAGE_ENCODING, VaryImageFormDto } from './image-bodies.dto';
import { INPUT_FAULTS } from './input-faults.api';

/** Swagger's description of `POST /v1/images/variations`. */
export const ApiVaryImage = (): MethodDecorator =>
  applyDecorators(
    ApiExtraModels(VaryImageFormDto),
    ApiOperation({
      summary: 'Make variations of an image',
      description:
        'Sends the image with a fixed prompt, and responds as generations do, but ' +
        'never as a stream.',
      requestBody: {
        required: true,
        content: {
          'multipart/form-data': {
            schema: { $ref: getSchemaPath(VaryImageFormDto) },
            encoding: { image: IMAGE_ENCODING },
          },
        },
      },
    }),
    ApiImageRequestHeaders(),
    ApiImagesResponses(),
    ApiImageErrors({
      ...INPUT_FAULTS,
      'A body that is not a form': {
        kind: 'unsupported_content_type',
        message: 'Invalid Content-Type header, expected multipart/form-data.',
      },
    }),
  );
