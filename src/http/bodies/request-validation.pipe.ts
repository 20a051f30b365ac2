import {
  Injectable,
  ValidationPipe,
  type ArgumentMetadata,
  type Type,
  type ValidationError,
} from '@nestjs/common';
import { getMetadataStorage, validateSync, type ValidatorOptions } from 'class-validator';
import type { ValidationMetadata } from 'class-validator/types/metadata/ValidationMetadata';
import { DOLLAR } from '../../errors/message-dollar';
import {
  invalidRequest,
  type GatewayError,
  type RequestFaultCode,
} from '../../errors/gateway-error';
import { JsonBlob } from '../../json/json-blob';
import { textTooLong } from './body-text';
import { breaksNoRule } from './compiled-rules';

/**
 * Validates request bodies against their DTOs. Unknown fields are dropped and never rejected:
 * nearly every client sends some.
 */
@Injectable()
export class RequestValidationPipe extends ValidationPipe {
  constructor() {
    super({
      transform: true,
      whitelist: true,
      transformOptions: { exposeUnsetFields: false },
      exceptionFactory: (errors) => toRequestFault(errors),
    });
  }

  override transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const known =
      metadata.type === 'body' && metadata.metatype !== undefined
        ? knownFields(value, metadata.metatype)
        : value;
    return super.transform(known, metadata) as Promise<unknown>;
  }

  /**
   * Leaves it to class-validator to describe the faults of the few invalid bodies. No rule is
   * asynchronous, so valid bodies need no promise per field.
   */
  protected override validate(object: object, options?: ValidatorOptions): ValidationError[] {
    return breaksNoRule(object) ? [] : validateSync(object, options);
  }
}

/**
 * The fields for which the DTO has a rule. Nest, class-transformer and class-validator each walk
 * through the whole body, unknown fields included; ten megabytes of `[],[],…` would keep them busy
 * for a minute. So unknown fields are dropped first. An object where none is allowed is replaced by
 * an empty one, which produces the same error.
 *
 * @throws GatewayError `invalid_request` for a text so long that it stayed a blob
 */
export function knownFields(body: unknown, dto: Type): unknown {
  if (typeof body !== 'object' || body === null) {
    return body;
  }
  const nested = new Set(
    validationRules(dto)
      .filter(({ type }) => type === 'nestedValidation')
      .map(({ propertyName }) => propertyName),
  );
  return Object.fromEntries(
    [...fieldNamesOf(dto)]
      .filter((name) => Object.hasOwn(body, name))
      .map((name) => {
        const value: unknown = body[name as keyof typeof body];
        if (value instanceof JsonBlob) {
          throw textTooLong(name);
        }
        return [name, nested.has(name) ? value : withoutContent(value)];
      }),
  );
}

/** The names of the fields for which the DTO has a rule. */
export function fieldNamesOf(dto: Type): ReadonlySet<string> {
  return new Set(validationRules(dto).map(({ propertyName }) => propertyName));
}

const knownRules = new WeakMap<Type, readonly ValidationMetadata[]>();

function validationRules(dto: Type): readonly ValidationMetadata[] {
  const rules =
    knownRules.get(dto) ?? getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  knownRules.set(dto, rules);
  return rules;
}

function withoutContent(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  return Array.isArray(value) ? [] : {};
}

/**
 * The first fault in the order of the DTO's fields, because OpenAI reports one at a time. The name
 * of a rule is OpenAI's error code (see the DTO's field rules).
 */
function toRequestFault(errors: readonly ValidationError[]): GatewayError {
  const [first] = errors;
  const [code, message] = Object.entries(first?.constraints ?? {})[0] ?? [];
  return invalidRequest(
    first?.property ?? null,
    (code as RequestFaultCode | undefined) ?? null,
    message?.replaceAll(DOLLAR, '$') ?? 'The body of your request is not valid.',
  );
}
