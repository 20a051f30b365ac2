import { invalidRequest, type GatewayError } from '../../errors/gateway-error';
import { JsonBlob } from '../../json/json-blob';

/** The type of a JSON value as OpenAI names it; a blob is a long string. */
export function nameOfType(value: unknown): string {
  if (value === null) {
    return 'null';
  }
  if (Array.isArray(value)) {
    return 'an array';
  }
  if (value instanceof JsonBlob) {
    return 'a string';
  }
  switch (typeof value) {
    case 'string':
      return 'a string';
    case 'boolean':
      return 'a boolean';
    case 'number':
      return Number.isInteger(value) ? 'an integer' : 'a decimal number';
    default:
      return 'an object';
  }
}

/** OpenAI's message for a value of the wrong type; `got` is the type's name. */
export function invalidTypeMessage(field: string, expected: string, got: string): string {
  return `Invalid type for '${field}': expected ${expected}, but got ${got} instead.`;
}

export function invalidType(field: string, expected: string, got: string): GatewayError {
  return invalidRequest(field, 'invalid_type', invalidTypeMessage(field, expected, got));
}

export function missingParameterMessage(field: string): string {
  return `Missing required parameter: '${field}'.`;
}

export function missingParameter(field: string): GatewayError {
  return invalidRequest(field, 'missing_required_parameter', missingParameterMessage(field));
}
