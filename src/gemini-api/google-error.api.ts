import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import type { GatewayFault } from '../errors/gateway-error';
import { googleError } from '../errors/google-error';

/** The details of Google's error object. */
export class GoogleErrorDto {
  /**
   * The HTTP status.
   * @example 429
   */
  readonly code!: number;

  /** What went wrong, as text. */
  readonly message!: string;

  /**
   * Google's constant for the error.
   * @example RESOURCE_EXHAUSTED
   */
  readonly status!: string;

  /**
   * Always `ErrorInfo`, `RetryInfo` if there is a time to wait, `BadRequest` if a field is at
   * fault.
   */
  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  readonly details!: readonly object[];
}

/** Google's error object. Every error of Gemini's own API has this shape. */
export class GoogleErrorBodyDto {
  readonly error!: GoogleErrorDto;
}

/** Documents the errors of a route, with the same objects that the filter sends. */
export function ApiGoogleErrors(faults: Readonly<Record<string, GatewayFault>>): MethodDecorator {
  const byStatus = new Map<number, (readonly [name: string, value: object])[]>();
  for (const [name, fault] of Object.entries(faults)) {
    const { status, body } = googleError(fault, 'req_…', 0);
    byStatus.set(status, [...(byStatus.get(status) ?? []), [name, body]]);
  }
  return applyDecorators(
    ...[...byStatus].map(([status, examples]) =>
      ApiResponse({
        status,
        description: examples.map(([name]) => name).join(', or '),
        content: {
          'application/json': {
            schema: { $ref: getSchemaPath(GoogleErrorBodyDto) },
            examples: Object.fromEntries(
              examples.map(([name, value]) => [name, { summary: name, value }]),
            ),
          },
        },
      }),
    ),
  );
}
