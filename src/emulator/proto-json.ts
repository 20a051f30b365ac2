import type { FieldViolation } from './google-error';
import { LongText } from './long-text';

/**
 * The type of a field. `struct` is anything at all: fields that the emulator accepts without
 * reading them.
 */
export type FieldType =
  | 'string'
  | 'bytes'
  | 'int32'
  | 'float'
  | 'bool'
  | 'struct'
  | { readonly enum: string; readonly values: readonly string[] }
  | { readonly message: string };

export interface Field {
  readonly type: FieldType;
  readonly repeated?: boolean;
  /** Only one of the fields with the same name here may be set. */
  readonly oneof?: string;
}

/** Messages by name; their fields by camelCase name. */
export type Schema = Readonly<Record<string, Readonly<Record<string, Field>>>>;

/** A parsed message: camelCase names, lists for repeated fields, no nulls. */
export type ProtoMessage = Readonly<Record<string, unknown>>;

const PACKAGE = 'type.googleapis.com/google.ai.generativelanguage.v1beta.';

/**
 * Parses a JSON value as a protobuf message, as Google's front end does: camelCase and snake_case
 * names, a single value in place of a list, numbers in strings. All faults are collected, each with
 * Google's own message and the snake_case path.
 */
export function readMessage(
  schema: Schema,
  message: string,
  value: unknown,
): { readonly message: ProtoMessage; readonly violations: readonly FieldViolation[] } {
  const violations: FieldViolation[] = [];
  if (!isObject(value)) {
    violations.push({
      description:
        'Invalid JSON payload received. Unknown name "": Root element must be a message.',
    });
    return { message: {}, violations };
  }
  return { message: new Reader(schema, violations).object(message, value, ''), violations };
}

class Reader {
  constructor(
    private readonly schema: Schema,
    private readonly violations: FieldViolation[],
  ) {}

  object(
    messageName: string,
    value: Readonly<Record<string, unknown>>,
    path: string,
  ): ProtoMessage {
    const fields = this.schema[messageName] ?? {};
    const read: Record<string, unknown> = {};
    const oneofs = new Set<string>();
    for (const [given, member] of Object.entries(value)) {
      const name = Object.hasOwn(fields, given) ? given : camelCase(given);
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (field === undefined) {
        this.unknown(given, path, 'Cannot find field.');
      } else if (member !== null && this.isFree(field, oneofs, name, path)) {
        read[name] = this.field(field, member, path, given, name);
      }
    }
    return read;
  }

  private isFree(field: Field, oneofs: Set<string>, name: string, path: string): boolean {
    if (field.oneof === undefined) {
      return true;
    }
    if (oneofs.has(field.oneof)) {
      const problem = `oneof field '${field.oneof}' is already set. Cannot set '${name}'`;
      this.invalid(path, `(oneof), ${problem}`);
      return false;
    }
    oneofs.add(field.oneof);
    return true;
  }

  private field(field: Field, value: unknown, path: string, given: string, name: string): unknown {
    const here = path === '' ? snakeCase(name) : `${path}.${snakeCase(name)}`;
    if (field.repeated === true) {
      return Array.isArray(value)
        ? value.map((item, index) => this.single(field.type, item, `${here}[${index}]`, path, name))
        : [this.single(field.type, value, here, path, name)];
    }
    if (Array.isArray(value) && field.type !== 'struct') {
      this.unknown(given, path, 'Proto field is not repeating, cannot start list.');
      return undefined;
    }
    return this.single(field.type, value, here, path, name);
  }

  private single(
    type: FieldType,
    value: unknown,
    here: string,
    parent: string,
    name: string,
  ): unknown {
    if (type === 'struct') {
      return value;
    }
    if (typeof type === 'object' && 'message' in type) {
      if (isObject(value)) {
        return this.object(type.message, value, here);
      }
      this.invalid(here, `(${PACKAGE}${type.message}), ${JSON.stringify(value)}`);
      return {};
    }
    if (isObject(value)) {
      this.invalid(parent, `(${snakeCase(name)}), Starting an object on a scalar field`);
      return undefined;
    }
    return this.scalar(type, value, here);
  }

  private scalar(
    type: Exclude<FieldType, 'struct' | { readonly message: string }>,
    value: unknown,
    here: string,
  ): unknown {
    const shown = (): string => JSON.stringify(value);
    if (typeof type === 'object') {
      const constant = enumConstant(type.values, value);
      return constant ?? this.invalid(here, `(${PACKAGE}${type.enum}), ${shown()}`);
    }
    switch (type) {
      case 'string':
        return value instanceof LongText
          ? value.text
          : typeof value === 'string'
            ? value
            : this.invalid(here, `(TYPE_STRING), ${shown()}`);
      case 'bytes':
        return isBase64(value)
          ? value
          : this.invalid(here, `(TYPE_BYTES), Base64 decoding failed for ${shown()}`);
      case 'int32': {
        const number = numberOf(value);
        const fits = Number.isInteger(number) && Math.abs(number) <= 2 ** 31;
        return fits ? number : this.invalid(here, `(TYPE_INT32), ${shown()}`);
      }
      case 'float': {
        const number = numberOf(value);
        return Number.isFinite(number) ? number : this.invalid(here, `(TYPE_FLOAT), ${shown()}`);
      }
      case 'bool':
        return typeof value === 'boolean'
          ? value
          : value === 'true' || value === 'false'
            ? value === 'true'
            : this.invalid(here, `(TYPE_BOOL), ${shown()}`);
    }
  }

  private unknown(name: string, path: string, problem: string): void {
    const place = path === '' ? '' : ` at '${path}'`;
    this.violations.push({
      ...(path === '' ? {} : { field: path }),
      description: `Invalid JSON payload received. Unknown name ${JSON.stringify(name)}${place}: ${problem}`,
    });
  }

  private invalid(field: string, problem: string): null {
    this.violations.push({ field, description: `Invalid value at '${field}' ${problem}` });
    return null;
  }
}

function isBase64(value: unknown): boolean {
  return value instanceof LongText
    ? value.decoded !== undefined
    : typeof value === 'string' && /^[\w+/-]*={0,2}$/u.test(value);
}

/** By name in any case, as Google accepts it (clients send `"Image"`), or by number. */
function enumConstant(values: readonly string[], value: unknown): string | undefined {
  if (typeof value === 'number') {
    return values[value];
  }
  if (typeof value !== 'string') {
    return undefined;
  }
  return values.find((constant) => constant.toLowerCase() === value.toLowerCase());
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') {
    return value;
  }
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  const composed = typeof value === 'object' && value !== null && !Array.isArray(value);
  return composed && !(value instanceof LongText);
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/gu, (_, letter: string) => letter.toUpperCase());
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
}
