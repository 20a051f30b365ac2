import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import type { GatewayFault } from '../errors/gateway-error';
import { googleError } from '../errors/google-error';

/** The inside of Google's error object. */
export class GoogleErrorDto {
  /**
   * The HTTP status.
   * @example 429
   */
  readonly code!: number;

  /** What went wrong, in words. */
  readonly message!: string;

  /**
   * Google's constant for it.
   * @example RESOURCE_EXHAUSTED
   */
  readonly status!: string;

  /** `ErrorInfo` always, `RetryInfo` where there is a time to wait, `BadRequest` where a field is at fault. */
  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  readonly details!: readonly object[];
}

/** Google's error object: every error of Gemini's own API has this shape. */
export class GoogleErrorBodyDto {
  readonly error!: GoogleErrorDto;
}

/** Documents the errors of a route, with the very objects that the filter would send. */
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
