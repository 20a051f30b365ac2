import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ValidateBy, type ValidationArguments } from 'class-validator';
import type { RequestFaultCode } from '../../errors/gateway-error';
import { DOLLAR } from '../../errors/message-dollar';
import { unsupportedValue } from '../../mapping/supported-values';
import { invalidTypeMessage, missingParameterMessage, nameOfType } from './parameter-fault';

/**
 * Rules for request fields. Each rule has OpenAI's error code as its name and OpenAI's sentence as
 * its message. It ignores values that another rule rejects, so a faulty value breaks exactly one
 * rule, which determines the error. Swagger's description of a field is made here as well, so that
 * rules and documentation cannot drift apart.
 */
function rule(
  code: RequestFaultCode,
  isFine: (value: unknown) => boolean,
  message: (field: string, value: unknown) => string,
): PropertyDecorator {
  return ValidateBy({
    name: code,
    validator: {
      validate: isFine,
      defaultMessage: (args?: ValidationArguments) =>
        // class-validator would expand a `$value` or `$property` in the client's own text.
        message(args?.property ?? '', args?.value as unknown).replaceAll('$', DOLLAR),
    },
  });
}

const required = rule(
  'missing_required_parameter',
  (value) => value !== undefined,
  missingParameterMessage,
);

/** OpenAI's clients send `null` for unset fields; `@IsOptional` would pass it on as null. */
const nullIsAbsent = Transform(({ value }: { value: unknown }) => value ?? undefined);

function typed(expected: string, isType: (value: unknown) => boolean): PropertyDecorator {
  return rule(
    'invalid_type',
    (value) => value === undefined || isType(value),
    (field, value) => invalidTypeMessage(field, expected, nameOfType(value)),
  );
}

/** A required text of 1 to `maxCodePoints` characters; a surrogate pair counts as one. */
export function RequiredText(maxCodePoints: number): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: String, minLength: 1, maxLength: maxCodePoints }),
    required,
    typed('a string', isString),
    rule(
      'empty_string',
      (value) => value !== '',
      (field) =>
        `Invalid '${field}': empty string. Expected a string with minimum length 1, ` +
        'but got an empty string instead.',
    ),
    rule(
      'string_above_max_length',
      (value) => !isString(value) || codePoints(value) <= maxCodePoints,
      (field, value) =>
        `Invalid '${field}': string too long. Expected a string with maximum length ` +
        `${maxCodePoints}, but got a string with length ${codePoints(String(value))} instead.`,
    ),
  );
}

/** Swagger's description of a text that is checked later, against the model's capabilities. */
interface TextShape {
  readonly enum?: readonly string[];
  readonly pattern?: string;
}

export function OptionalText({ enum: values, pattern }: TextShape = {}): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({
      type: String,
      nullable: true,
      ...(values === undefined ? {} : { enum: [...values, null] }),
      ...(pattern === undefined ? {} : { pattern }),
    }),
    nullIsAbsent,
    typed('a string', isString),
  );
}

export function OptionalBoolean(): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ type: Boolean, nullable: true }),
    nullIsAbsent,
    typed('a boolean', (value) => typeof value === 'boolean'),
  );
}

/** An integer; omit `max` if the limit is only known at run time. */
export function OptionalInteger(min: number, max?: number): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({
      type: 'integer',
      nullable: true,
      minimum: min,
      ...(max === undefined ? {} : { maximum: max }),
    }),
    nullIsAbsent,
    typed('an integer', Number.isInteger),
    rule(
      'integer_below_min_value',
      (value) => typeof value !== 'number' || !Number.isInteger(value) || value >= min,
      (field, value) =>
        `Invalid '${field}': integer below minimum value. Expected a value >= ${min}, ` +
        `but got ${String(value)} instead.`,
    ),
    rule(
      'integer_above_max_value',
      (value) =>
        max === undefined || typeof value !== 'number' || !Number.isInteger(value) || value <= max,
      (field, value) => integerAboveMax(field, max ?? Number.NaN, Number(value)),
    ),
  );
}

/** A number, with or without a fraction. */
export function OptionalNumber(min: number, max: number): PropertyDecorator {
  const range = (field: string, bound: string, value: unknown): string =>
    `Invalid '${field}': decimal ${bound}, but got ${String(value)} instead.`;
  return applyDecorators(
    ApiPropertyOptional({ type: 'number', nullable: true, minimum: min, maximum: max }),
    nullIsAbsent,
    typed('a decimal number', (value) => typeof value === 'number'),
    rule(
      'decimal_below_min_value',
      (value) => typeof value !== 'number' || value >= min,
      (field, value) => range(field, `below minimum value. Expected a value >= ${min}`, value),
    ),
    rule(
      'decimal_above_max_value',
      (value) => typeof value !== 'number' || value <= max,
      (field, value) => range(field, `above maximum value. Expected a value <= ${max}`, value),
    ),
  );
}

/** OpenAI's sentence for a number that is too large; the limit of `n` is only known at run time. */
export function integerAboveMax(field: string, max: number, value: number): string {
  return (
    `Invalid '${field}': integer above maximum value. Expected a value <= ${max}, ` +
    `but got ${value} instead.`
  );
}

/** @param refusals values with a message of their own that tells the client why they are refused */
export function OptionalChoice(
  values: readonly string[],
  refusals: ReadonlyMap<string, string> = new Map(),
): PropertyDecorator {
  return applyDecorators(
    // In OpenAPI 3.0, a nullable enum accepts null only if the list contains it.
    ApiPropertyOptional({ type: String, nullable: true, enum: [...values, null] }),
    nullIsAbsent,
    typed('a string', isString),
    rule(
      'invalid_value',
      (value) => !isString(value) || values.includes(value),
      (field, value) =>
        refusals.get(String(value)) ?? unsupportedValue(field, String(value), values).message,
    ),
  );
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function codePoints(text: string): number {
  // Counts without turning a prompt into an array of 32,000 strings.
  let count = 0;
  for (let index = 0; index < text.length; count += 1) {
    index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
  }
  return count;
}
