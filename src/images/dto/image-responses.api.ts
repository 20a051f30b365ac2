import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiHeader, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import type { GatewayFault } from '../../errors/gateway-error';
import { ACCESS_ERRORS, ApiErrors, OpenAiErrorBodyDto } from '../../http/errors/openai-error.dto';
import type { ImageEventFamily } from '../image-events';
import { imageEventSchema } from './image-events.api';
import { CompletedImageEventDto, PartialImageEventDto } from './image-events.dto';
import { ImagesResponseDto } from './images-response.dto';
import { POOL_FAULTS, UPSTREAM_FAULTS } from './upstream-faults.api';

/** A response header, for Swagger. */
const header = (description: string, example: string): object => ({
  description,
  schema: { type: 'string' },
  example,
});

/** The headers of every response to an image request, including errors where they apply. */
export const IMAGE_HEADERS = {
  'X-Account-Email': header(
    'The account that made the images. If there are several, each is listed once, in the order of the images.',
    'studio@example.com',
  ),
  'X-Request-Id': header(
    'Your own id, or a generated one. It is in every log line of the request.',
    'req_1f9c…',
  ),
  'X-Images-Requested': header('n', '4'),
  'X-Images-Returned': header(
    'How many images are returned; fewer than n if some calls failed. Not on streams.',
    '3',
  ),
  'X-Image-Model': header('The Gemini model that was called.', 'gemini-3-pro-image'),
  'X-Image-Aspect-Ratio': header('The ratio that was sent upstream, or `default`.', '16:9'),
  'X-Image-Size': header('The resolution that was sent upstream, or `default`.', '4K'),
  'X-Mapping-Warning': header(
    'One line for each part of the request that could not be carried out as asked.',
    'size "16:9" is not WIDTHxHEIGHT; used 1:1',
  ),
  'X-Cost-USD': header('What the request cost in US dollars. Not on streams.', '0.1344'),
  'Idempotent-Replayed': header(
    '`true` if this is the stored response of an earlier request with the same `Idempotency-Key`.',
    'true',
  ),
  'X-Retry-Adopted': header(
    'How many images are reused from an earlier attempt whose client had disconnected.',
    '1',
  ),
  'X-Upstream': header('`emulator` if the built-in emulator drew the images.', 'emulator'),
  'openai-version': header('The version of the API.', '2020-10-01'),
  'openai-processing-ms': header('The processing time in milliseconds.', '23750'),
} as const;

/** An abbreviated stream as a client sees it. */
const streamExample = (family: ImageEventFamily): string => `event: ${family}.partial_image
data: {"type":"${family}.partial_image","b64_json":"/9j/4AAQ…","created_at":1790000000,"size":"1024x1024","quality":"auto","background":"opaque","output_format":"jpeg","partial_image_index":0,"image_index":0}

: keepalive

event: ${family}.completed
data: {"type":"${family}.completed","b64_json":"/9j/4AAQ…","created_at":1790000010,"size":"1024x1024","quality":"auto","background":"opaque","output_format":"jpeg","image_index":0,"usage":{"input_tokens":9,"output_tokens":1350,"total_tokens":1359,"input_tokens_details":{"text_tokens":9,"image_tokens":0},"output_tokens_details":{"text_tokens":230,"image_tokens":1120},"cost":0.137178}}

`;

const STREAM_DESCRIPTION =
  ' With `stream: true`: server-sent events, as OpenAI sends them. The headers are sent with the first ' +
  'event, or after 15 seconds, so `X-Images-Returned` is not among them. `X-Account-Email` names ' +
  'only the account of the first event, and is missing if the headers come before any event. If an ' +
  'image fails and others succeed, it has no event; if all fail after the headers were sent, an ' +
  '`error` event ends the stream.';

/** The request headers that have a meaning here, besides the key. */
export const ApiImageRequestHeaders = (): MethodDecorator =>
  applyDecorators(
    ApiHeader({
      name: 'X-Account-Email',
      required: false,
      description: 'Use only this account, to reproduce a problem.',
    }),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'A new value for each request, and the same value for its retries: a retry gets the same response, which is paid ' +
        'for only once. 1 to 255 visible ASCII characters.',
      schema: { type: 'string', pattern: '^[!-~]{1,255}$' },
    }),
    ApiHeader({
      name: 'X-Request-Id',
      required: false,
      description: 'Your own id for the log: 1 to 128 of A-Z a-z 0-9 . _ -',
    }),
  );

/** The response to an image request. @param family the name of its events, if it can be a stream */
export const ApiImagesResponses = (family?: ImageEventFamily): MethodDecorator =>
  applyDecorators(
    ApiExtraModels(
      OpenAiErrorBodyDto,
      ImagesResponseDto,
      PartialImageEventDto,
      CompletedImageEventDto,
    ),
    ApiResponse({
      status: 200,
      description: `At least one image.${family === undefined ? '' : STREAM_DESCRIPTION}`,
      content: {
        'application/json': { schema: { $ref: getSchemaPath(ImagesResponseDto) } },
        ...(family === undefined
          ? {}
          : {
              'text/event-stream': {
                schema: imageEventSchema(family),
                example: streamExample(family),
              },
            }),
      },
      headers: IMAGE_HEADERS,
    }),
  );

/**
 * The errors of an image request. @param ownFaults those that only this route has, by description
 */
export const ApiImageErrors = (
  ownFaults: Readonly<Record<string, GatewayFault>>,
): MethodDecorator & ClassDecorator =>
  ApiErrors({
    'A bad field': {
      kind: 'invalid_request',
      message: "Missing required parameter: 'prompt'.",
      param: 'prompt',
      code: 'missing_required_parameter',
    },
    'Refused by the safety system': { kind: 'moderation_blocked', modelFamily: 'other' },
    'Refused, for dall-e-*': { kind: 'moderation_blocked', modelFamily: 'dall-e' },
    ...ACCESS_ERRORS,
    'An unknown model': { kind: 'model_not_found', model: 'gpt-4o' },
    'A body that stops arriving': { kind: 'request_timeout' },
    'A body that is too large': { kind: 'body_too_large', maxMegabytes: 100 },
    'A request that is too large for the model': {
      kind: 'request_too_large',
      message:
        'The request is larger than the image model accepts. Send fewer or smaller images, or a shorter prompt.',
    },
    ...ownFaults,
    'An Idempotency-Key in progress': { kind: 'idempotency_in_progress' },
    'An Idempotency-Key used for another request': { kind: 'idempotency_key_reused' },
    "A rate limit of the key's consumer": {
      kind: 'consumer_limit',
      consumer: 'design',
      limit: 'imagesPerMinute',
      max: 20,
      used: 18,
      requested: 3,
      retryAfterSeconds: 12,
      until: Date.parse('2026-11-28T09:30:12Z'),
    },
    "A daily or monthly limit of the key's consumer": {
      kind: 'consumer_quota',
      consumer: 'design',
      limit: 'imagesPerDay',
      max: 500,
      used: 498,
      requested: 3,
      until: Date.parse('2026-11-29T00:00:00Z'),
    },
    ...POOL_FAULTS,
    'No image was returned': {
      kind: 'no_image',
      message: 'The image model returned no image. Rephrasing the prompt may help.',
    },
    ...UPSTREAM_FAULTS,
  });
