import { applyDecorators } from '@nestjs/common';
import {
  ApiBody,
  ApiExtraModels,
  ApiHeader,
  ApiOperation,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import { ApiErrors, KEY_ERRORS, OpenAiErrorBodyDto } from '../../http/openai-error.dto';
import { GenerateImagesDto } from './generate-images.dto';
import { ImagesAnswerDto } from './images-answer.dto';

/** A header of the answer, for Swagger. */
const header = (description: string, example: string): object => ({
  description,
  schema: { type: 'string' },
  example,
});

/** What every answer to an image request carries, errors included where it makes sense. */
const IMAGE_HEADERS = {
  'X-Account-Email': header(
    'The account that made the images; with several each once, in the order of the images.',
    'studio@example.com',
  ),
  'X-Request-Id': header(
    'Your own id, or a fresh one; it is in every line of the log.',
    'req_1f9c…',
  ),
  'X-Images-Requested': header('n', '4'),
  'X-Images-Returned': header(
    'How many images came; fewer than n when some calls failed. Not on streams.',
    '3',
  ),
  'X-Image-Model': header('The Gemini model that was called.', 'gemini-3-pro-image'),
  'X-Image-Aspect-Ratio': header('The ratio that was sent upstream, or `default`.', '16:9'),
  'X-Image-Size': header('The resolution that was sent upstream, or `default`.', '4K'),
  'X-Mapping-Warning': header(
    'One line for each thing that could not be done as asked.',
    'size "16:9" is not WIDTHxHEIGHT; used 1:1',
  ),
  'X-Upstream': header('`emulator` when the built-in emulator drew the images.', 'emulator'),
  'openai-version': header('The API version that is spoken.', '2020-10-01'),
  'openai-processing-ms': header('How long it took, in milliseconds.', '23750'),
} as const;

/** A stream as a client reads it, shortened. */
const STREAM_EXAMPLE = `event: image_generation.partial_image
data: {"type":"image_generation.partial_image","b64_json":"/9j/4AAQ…","created_at":1790000000,"size":"1024x1024","quality":"auto","background":"opaque","output_format":"jpeg","partial_image_index":0}

: keepalive

event: image_generation.completed
data: {"type":"image_generation.completed","b64_json":"/9j/4AAQ…","created_at":1790000010,"size":"1024x1024","quality":"auto","background":"opaque","output_format":"jpeg","usage":{"input_tokens":9,"output_tokens":1350,"total_tokens":1359,"input_tokens_details":{"text_tokens":9,"image_tokens":0}}}

`;

/** Everything that Swagger shows of `POST /v1/images/generations`. */
export const ApiGenerateImages = (): MethodDecorator =>
  applyDecorators(
    ApiExtraModels(OpenAiErrorBodyDto, ImagesAnswerDto),
    ApiOperation({
      summary: 'Make images from a prompt',
      description:
        'Maps `size` to an aspect ratio and `quality` to a resolution, calls Gemini n times at ' +
        'once through the pool of accounts, and merges what came back. When some of the n calls ' +
        'fail, the others are returned with 200 and the two counts in the headers differ. With ' +
        '`stream: true` the answer is a stream of events, and each image is sent as soon as it is ' +
        'there.',
    }),
    ApiHeader({
      name: 'X-Account-Email',
      required: false,
      description: 'Use this account and no other, to reproduce a fault.',
    }),
    ApiHeader({
      name: 'X-Request-Id',
      required: false,
      description: 'An id of yours for the log: 1 to 128 of A-Z a-z 0-9 . _ -',
    }),
    ApiBody({
      type: GenerateImagesDto,
      examples: {
        'The least it takes': { value: { prompt: 'A minimalist rocket icon, flat design' } },
        'A wide picture in 2K': {
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
        'In Gemini’s own words': {
          value: {
            model: 'gemini-3-pro-image',
            prompt: 'A skyline of glass towers',
            aspect_ratio: '21:9',
            image_size: '1K',
            seed: 7,
          },
        },
        'As a stream, with interim images': {
          value: { prompt: 'A lighthouse in the fog', stream: true, partial_images: 2 },
        },
        'A refusal (on the emulator)': { value: { prompt: '[refuse] anything' } },
      },
    }),
    ApiResponse({
      status: 200,
      description:
        'At least one image. With `stream: true`: server-sent events, as OpenAI sends them. The ' +
        'headers leave with the first event, or after 15 seconds, so `X-Images-Returned` is not ' +
        'among them, and `X-Account-Email` names the account of the first event only. An image ' +
        'that fails while others come sends no event; when all fail after the headers have left, ' +
        'an `error` event ends the stream.',
      content: {
        'application/json': { schema: { $ref: getSchemaPath(ImagesAnswerDto) } },
        'text/event-stream': { schema: { type: 'string' }, example: STREAM_EXAMPLE },
      },
      headers: IMAGE_HEADERS,
    }),
    ApiErrors({
      'A bad field': {
        kind: 'invalid_request',
        message: "Missing required parameter: 'prompt'.",
        param: 'prompt',
        code: 'missing_required_parameter',
      },
      'Refused by the safety system': { kind: 'moderation_blocked', modelFamily: 'other' },
      'Refused, for dall-e-*': { kind: 'moderation_blocked', modelFamily: 'dall-e' },
      ...KEY_ERRORS,
      'An unknown model': { kind: 'model_not_found', model: 'gpt-4o' },
      'A body that is too large': { kind: 'body_too_large', maxMegabytes: 100 },
      'A body that is not JSON': {
        kind: 'unsupported_content_type',
        message: 'Invalid Content-Type header, expected application/json.',
      },
      'Every account is rate-limited': { kind: 'rate_limited', retryAfterSeconds: 12 },
      'Every account is out of quota': { kind: 'quota_exhausted' },
      'No image came': {
        kind: 'no_image',
        message: 'The image model answered without an image. Rephrasing the prompt may help.',
      },
      'Upstream failed': {
        kind: 'upstream_error',
        message: 'The image model could not be reached or failed.',
        shouldRetry: true,
      },
      'No account is usable': {
        kind: 'no_account_available',
        message: 'No account is usable: all are disabled or have no valid credential.',
      },
      'The gateway is full': { kind: 'overloaded', retryAfterSeconds: 5 },
      'No answer in time': {
        kind: 'upstream_timeout',
        message: 'The image model did not answer in time.',
      },
    }),
  );
