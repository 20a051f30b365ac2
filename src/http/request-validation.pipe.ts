import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { invalidRequest, type GatewayError, type RequestFaultCode } from '../errors/gateway-error';

/**
 * Validates request bodies against their DTOs. Unknown fields are dropped and never refused:
 * nearly every client sends some.
 */
export function requestValidationPipe(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    transformOptions: { exposeUnsetFields: false },
    exceptionFactory: (errors) => toRequestFault(errors),
  });
}

/**
 * The first fault, as OpenAI reports one at a time: fields in the order of the DTO. A rule's name
 * is OpenAI's error code (see the DTO's field rules).
 */
function toRequestFault(errors: readonly ValidationError[]): GatewayError {
  const [first] = errors;
  const [code, message] = Object.entries(first?.constraints ?? {})[0] ?? [];
  return invalidRequest(
    first?.property ?? null,
    (code as RequestFaultCode | undefined) ?? null,
    message ?? 'The body of your request is not valid.',
  );
}
