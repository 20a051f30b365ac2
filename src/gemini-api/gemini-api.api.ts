import { applyDecorators } from '@nestjs/common';
import {
  ApiBody,
  ApiExtraModels,
  ApiHeader,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiResponse,
} from '@nestjs/swagger';
import { eventSchema } from '../http/docs/event-schema';
import { ACCESS_ERRORS } from '../http/errors/openai-error.dto';
import type { GatewayFault } from '../errors/gateway-error';
import { POOL_FAULTS, UPSTREAM_FAULTS } from '../images/dto/upstream-faults.api';
import { ApiGoogleErrors, GoogleErrorBodyDto } from './google-error.api';

const EXAMPLE = {
  contents: [{ role: 'user', parts: [{ text: 'A lighthouse at dusk' }] }],
  generationConfig: { imageConfig: { aspectRatio: '16:9', imageSize: '2K' } },
};

const RESPONSE = {
  candidates: [
    {
      content: {
        role: 'model',
        parts: [{ inlineData: { mimeType: 'image/jpeg', data: '/9j/4AAQ…' } }],
      },
      finishReason: 'STOP',
      index: 0,
    },
  ],
  usageMetadata: { promptTokenCount: 6, candidatesTokenCount: 1120, totalTokenCount: 1126 },
  modelVersion: 'gemini-3-pro-image',
};

const ACCOUNT_HEADERS = {
  'X-Account-Email': {
    description: 'The account that responded. If there are several, each is listed once.',
    schema: { type: 'string' },
  },
  'X-Request-Id': {
    description: 'The id of the request; in every log line of it.',
    schema: { type: 'string' },
  },
} as const;

const model = (): MethodDecorator =>
  ApiParam({
    name: 'model',
    description: 'The id of an image model, with or without `models/`.',
    example: 'gemini-3-pro-image',
  });

/** An object that Easel passes through without reading it. */
const ANY_OBJECT = { type: 'object', additionalProperties: true } as const;

const google = (description: string, example: object): object => ({
  schema: { ...ANY_OBJECT, description },
  example,
});

/** The schema of a stream without events. */
const googleList = (description: string, example: object): object => ({
  schema: { type: 'array', items: ANY_OBJECT, description },
  example: [example],
});

/** The schema of a body of which Easel reads only this member. */
const listIn = (name: string): object => ({
  ...ANY_OBJECT,
  required: [name],
  properties: { [name]: { type: 'array', minItems: 1, items: ANY_OBJECT } },
});

const CALL_ERRORS: Readonly<Record<string, GatewayFault>> = {
  'A body that is invalid': {
    kind: 'invalid_request',
    message: 'candidateCount is at most 10, and was 11.',
    param: 'generationConfig.candidateCount',
    code: 'integer_above_max_value',
  },
  ...ACCESS_ERRORS,
  'An unknown model': { kind: 'model_not_found', model: 'gemini-2.5-flash' },
  'A body that stops arriving': { kind: 'request_timeout' },
  'A body that is too large': { kind: 'body_too_large', maxMegabytes: 100 },
  'A body that is not JSON': {
    kind: 'unsupported_content_type',
    message: 'Invalid Content-Type header, expected application/json.',
  },
  ...POOL_FAULTS,
  ...UPSTREAM_FAULTS,
};

interface CallDescription {
  readonly summary: string;
  readonly description: string;
  readonly body: object;
  /** Any object by default. */
  readonly bodySchema?: object;
  readonly response: object;
  /** Whether the response may be a stream. */
  readonly isStream?: true;
}

function describesCall(call: CallDescription): MethodDecorator {
  const { summary, description, body, bodySchema = ANY_OBJECT, response, isStream } = call;
  return applyDecorators(
    ApiExtraModels(GoogleErrorBodyDto),
    ApiOperation({ summary, description }),
    model(),
    ...(isStream === true
      ? [
          ApiQuery({
            name: 'alt',
            required: false,
            schema: { type: 'string' },
            example: 'sse',
            description:
              '`sse` for events; otherwise the response is one JSON array, sent as it arrives.',
          }),
        ]
      : []),
    ApiHeader({
      name: 'X-Account-Email',
      required: false,
      description: 'Use only this account, to reproduce a problem.',
    }),
    ApiBody({
      schema: bodySchema,
      examples: { Example: { value: body } },
    }),
    ApiResponse({
      status: 200,
      description: 'Google’s response, unchanged.',
      headers: ACCOUNT_HEADERS,
      content: {
        'application/json':
          isStream === true
            ? googleList('Google’s responses, unchanged.', response)
            : google('Google’s response.', response),
        ...(isStream === true
          ? {
              'text/event-stream': {
                schema: eventSchema([{ description: 'Google’s JSON.', json: ANY_OBJECT }]),
                example: `data: ${JSON.stringify(response)}\r\n\r\n`,
              },
            }
          : {}),
      },
    }),
    ApiGoogleErrors(CALL_ERRORS),
  );
}

export const ApiGenerateContent = (): MethodDecorator =>
  describesCall({
    summary: 'Gemini’s own call for an image',
    description:
      'Body and response are passed through byte for byte. A `candidateCount` above 1 makes as many calls, whose responses are ' +
      'merged. The key may be sent as `x-goog-api-key` or `?key=`. Also at `/v1/models/…` and `/v1alpha/models/…`.',
    body: EXAMPLE,
    bodySchema: listIn('contents'),
    response: RESPONSE,
  });

export const ApiStreamGenerateContent = (): MethodDecorator =>
  describesCall({
    summary: 'The same as a stream',
    description: 'Each event is passed on as it arrives, byte for byte. One candidate.',
    body: EXAMPLE,
    bodySchema: listIn('contents'),
    response: RESPONSE,
    isStream: true,
  });

export const ApiCountTokens = (): MethodDecorator =>
  describesCall({
    summary: 'Count the tokens of a request',
    description: 'Forwarded to Google; free of charge.',
    body: { contents: EXAMPLE.contents },
    response: { totalTokens: 6 },
  });

export const ApiPredict = (): MethodDecorator =>
  describesCall({
    summary: 'Imagen’s former method',
    description:
      'Google has shut it down with Imagen. Each image of `sampleCount` is a call of a Gemini model; ids of ' +
      'Imagen stand for the default model.',
    body: {
      instances: [{ prompt: 'A lighthouse at dusk' }],
      parameters: { sampleCount: 2, aspectRatio: '16:9', sampleImageSize: '2K' },
    },
    bodySchema: listIn('instances'),
    response: { predictions: [{ mimeType: 'image/jpeg', bytesBase64Encoded: '/9j/4AAQ…' }] },
  });

const MODEL = {
  name: 'models/gemini-3-pro-image',
  version: '3',
  displayName: 'Nano Banana Pro',
  description: 'The most capable model, for complex scenes, legible text and up to 4K.',
  inputTokenLimit: 65_536,
  outputTokenLimit: 32_768,
  supportedGenerationMethods: ['generateContent', 'countTokens'],
  thinking: true,
};

export const ApiListGeminiModels = (): MethodDecorator =>
  applyDecorators(
    ApiExtraModels(GoogleErrorBodyDto),
    ApiOperation({ summary: 'List the image models, in Google’s format' }),
    ApiQuery({
      name: 'pageSize',
      required: false,
      schema: { type: 'integer', minimum: 0, maximum: 999_999_999 },
    }),
    ApiQuery({ name: 'pageToken', required: false, schema: { type: 'string' } }),
    ApiResponse({
      status: 200,
      description: 'A page of models.',
      content: { 'application/json': google('A page of models.', { models: [MODEL] }) },
    }),
    ApiGoogleErrors({
      'A bad page': {
        kind: 'invalid_request',
        message: 'pageSize must not be negative.',
        param: 'pageSize',
        code: 'invalid_type',
      },
      ...ACCESS_ERRORS,
    }),
  );

export const ApiFindGeminiModel = (): MethodDecorator =>
  applyDecorators(
    ApiExtraModels(GoogleErrorBodyDto),
    ApiOperation({ summary: 'Look up one model, in Google’s format' }),
    model(),
    ApiResponse({
      status: 200,
      description: 'The model.',
      content: { 'application/json': google('The model.', MODEL) },
    }),
    ApiGoogleErrors({
      ...ACCESS_ERRORS,
      'An unknown model': { kind: 'model_not_found', model: 'gemini-2.5-flash' },
    }),
  );
