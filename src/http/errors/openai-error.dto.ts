import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiResponse, getSchemaPath, type ApiResponseOptions } from '@nestjs/swagger';
import type { GatewayFault } from '../../errors/gateway-error';
import { openAiError } from '../../errors/openai-error';

/** OpenAI's error details. All four members are always present. */
export class OpenAiErrorDto {
  /**
   * What went wrong, as text.
   * @example Missing required parameter: 'prompt'.
   */
  readonly message!: string;

  /**
   * The kind of error.
   * @example invalid_request_error
   */
  readonly type!: string;

  /** The field that caused the error, if there is one. */
  @ApiProperty({ type: String, nullable: true, example: 'prompt' })
  readonly param!: string | null;

  /** A constant for programs to branch on. */
  @ApiProperty({ type: String, nullable: true, example: 'missing_required_parameter' })
  readonly code!: string | null;
}

/** OpenAI's error object. Every error of every route has this shape. */
export class OpenAiErrorBodyDto {
  readonly error!: OpenAiErrorDto;
}

/** The response of every route to a missing or wrong key, if keys are required. */
const KEY_ERRORS = {
  'No key': { kind: 'missing_api_key', challenge: 'bearer' },
  'A wrong key': { kind: 'wrong_api_key', maskedKey: 'sk-***xyz', challenge: 'bearer' },
  'An expired key': {
    kind: 'unusable_api_key',
    consumer: 'design',
    why: 'expired at the end of 2027-03-31 (UTC)',
    challenge: 'bearer',
  },
} as const satisfies Readonly<Record<string, GatewayFault>>;

/**
 * The response of every route, including probes, to a page of a site that the operator has not
 * listed.
 */
export const PAGE_ERRORS = {
  'A page of another site': { kind: 'forbidden_origin', origin: 'https://page.example' },
  'An unknown host name': { kind: 'forbidden_host', host: 'gateway.example' },
} as const satisfies Readonly<Record<string, GatewayFault>>;

/** The response of every route to a key whose role may not use it. */
const ROLE_ERRORS = {
  'A role without access': {
    kind: 'insufficient_permissions',
    message: "The key of 'dashboards' has the role 'monitor', which may not use this route.",
  },
} as const satisfies Readonly<Record<string, GatewayFault>>;

/** The access errors that all routes except the probes share. */
export const ACCESS_ERRORS = { ...KEY_ERRORS, ...ROLE_ERRORS, ...PAGE_ERRORS };

/** Documents the errors of a route, with the same objects that the filter sends. */
export function ApiErrors(
  faults: Readonly<Record<string, GatewayFault>>,
): MethodDecorator & ClassDecorator {
  const byStatus = new Map<number, Record<string, GatewayFault>>();
  for (const [name, fault] of Object.entries(faults)) {
    const { status } = openAiError(fault, 'req_…');
    byStatus.set(status, { ...byStatus.get(status), [name]: fault });
  }
  return applyDecorators(
    ...[...byStatus].map(([status, group]) => ApiResponse(respond(status, group))),
  );
}

function respond(
  status: number,
  faults: Readonly<Record<string, GatewayFault>>,
): ApiResponseOptions {
  const responses = Object.entries(faults).map(
    ([name, fault]) => [name, openAiError(fault, 'req_…')] as const,
  );
  const headers = responses.flatMap(([, { headers: named }]) => Object.keys(named));
  return {
    status,
    description: Object.keys(faults).join(', or '),
    headers: Object.fromEntries(headers.map((header) => [header, { schema: { type: 'string' } }])),
    content: {
      'application/json': {
        schema: { $ref: getSchemaPath(OpenAiErrorBodyDto) },
        examples: Object.fromEntries(
          responses.map(([name, { body }]) => [name, { summary: name, value: body }]),
        ),
      },
    },
  };
}
