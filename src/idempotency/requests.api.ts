import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiQuery, ApiResponse } from '@nestjs/swagger';
import { eventSchema } from '../http/docs/event-schema';
import { ACCESS_ERRORS, ApiErrors } from '../http/errors/openai-error.dto';

const KEPT = {
  status: 200,
  description:
    'The response of the request: its body or its events. If the request failed, its status and its error.',
  content: {
    'application/json': { schema: { type: 'object' as const, additionalProperties: true } },
    'text/event-stream': {
      schema: eventSchema([{ description: 'As described for the route of the request.' }]),
    },
  },
};

const AT_WORK = {
  status: 202,
  description: 'The request is still in progress. Ask again after `Retry-After` seconds.',
  headers: {
    'Retry-After': { description: 'In seconds.', schema: { type: 'string' as const } },
  },
  content: {
    'application/json': {
      schema: {
        type: 'object' as const,
        required: ['object', 'id', 'status'],
        properties: {
          object: { type: 'string' as const, enum: ['request'] },
          id: { type: 'string' as const },
          status: { type: 'string' as const, enum: ['in_progress'] },
        },
      },
    },
  },
};

const ERRORS = {
  ...ACCESS_ERRORS,
  'Nothing is kept': { kind: 'request_not_found' },
} as const;

const DESCRIPTION =
  'Only requests sent with the same API key are found. Reading neither removes the response nor costs anything. Without ' +
  'an `Idempotency-Key` only requests whose client has disconnected are kept, for `ABANDONED_TTL_SECONDS`. The ' +
  'route does not exist with `PROXY_AUTH_MODE=off`.';

export const ApiGetRequest = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      summary: 'Get the kept response of a request by its id',
      description: DESCRIPTION,
    }),
    ApiParam({
      name: 'id',
      description: 'The `X-Request-Id` of the request.',
      example: 'req_5f1c0a3be7d94f0b8a6c2d1e9f7b4a30',
    }),
    ApiResponse(KEPT),
    ApiResponse(AT_WORK),
    ApiErrors(ERRORS),
  );

export const ApiFindRequest = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      summary: 'Get the kept response of a request by its Idempotency-Key',
      description: DESCRIPTION,
    }),
    ApiQuery({
      name: 'idempotency_key',
      schema: { type: 'string', pattern: '^[!-~]{1,255}$' },
      description: 'The latest request with this `Idempotency-Key`, whatever its route.',
      example: '8e03978e-40d5-43dd-bc93-6894a57f9324',
    }),
    ApiResponse(KEPT),
    ApiResponse(AT_WORK),
    ApiErrors({
      ...ERRORS,
      'A missing key': {
        kind: 'invalid_request',
        message: "Missing required parameter: 'idempotency_key'.",
        param: 'idempotency_key',
        code: 'missing_required_parameter',
      },
    }),
  );
