import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, getSchemaPath } from '@nestjs/swagger';
import { EXAMPLE_IMAGE, EXAMPLE_MASK } from './example-images';
import {
  EditImagesFormDto,
  EditImagesJsonDto,
  IMAGE_ENCODING,
  MASK_ENCODING,
} from './image-bodies.dto';
import { ApiImageErrors, ApiImageRequestHeaders, ApiImagesResponses } from './image-responses.api';
import { INPUT_FAULTS } from './input-faults.api';

/** Swagger's description of `POST /v1/images/edits`. */
export const ApiEditImages = (): MethodDecorator =>
  applyDecorators(
    ApiExtraModels(EditImagesFormDto, EditImagesJsonDto),
    ApiOperation({
      summary: 'Edit images, or combine several into one',
      description:
        'Sends the images with the prompt, and responds as generations do. Where there is a mask, ' +
        'the result is laid over the first image, so that every pixel under the opaque part of the ' +
        'mask is the one that was sent.',
      requestBody: {
        required: true,
        content: {
          'multipart/form-data': {
            schema: { $ref: getSchemaPath(EditImagesFormDto) },
            encoding: { image: IMAGE_ENCODING, mask: MASK_ENCODING, markup: MASK_ENCODING },
          },
          'application/json': {
            schema: { $ref: getSchemaPath(EditImagesJsonDto) },
            examples: {
              'One image': {
                value: {
                  prompt: 'Paint it as a night scene with a full moon',
                  images: [{ image_url: EXAMPLE_IMAGE }],
                },
              },
              'Two images in one': {
                value: {
                  prompt: 'Put the second picture on the wall of the first',
                  images: [{ image_url: EXAMPLE_IMAGE }, { image_url: EXAMPLE_IMAGE }],
                  size: '1536x1024',
                },
              },
              'Under a mask': {
                value: {
                  prompt: 'A night sky with a full moon',
                  images: [{ image_url: EXAMPLE_IMAGE }],
                  mask: { image_url: EXAMPLE_MASK },
                },
              },
            },
          },
        },
      },
    }),
    ApiImageRequestHeaders(),
    ApiImagesResponses('image_edit'),
    ApiImageErrors({
      ...INPUT_FAULTS,
      'A mask of another size': {
        kind: 'invalid_request',
        message:
          'Invalid mask image format - mask size does not match image size ' +
          '(the mask is 512x512, the image 1024x1024)',
        param: 'mask',
        code: 'invalid_mask_image_format',
      },
      'Neither a form nor JSON': {
        kind: 'unsupported_content_type',
        message: 'Invalid Content-Type header, expected multipart/form-data or application/json.',
      },
    }),
  );
