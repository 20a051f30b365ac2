import { JsonBlob } from '../json/json-blob';
import { member } from '../json/unknown-json';

/**
 * Request messages are read as Google's own parsers read them: names in camelCase or snake_case,
 * and a single message in place of a list of one.
 */

/** The value of a field; undefined if it is absent or null. */
export function protoField(message: unknown, name: string): unknown {
  if (!isMessage(message)) {
    return undefined;
  }
  return member(message, name) ?? member(message, snakeCase(name)) ?? undefined;
}

/** The items of a repeated field. */
export function protoItems(message: unknown, name: string): readonly unknown[] {
  const value = protoField(message, name);
  return value === undefined ? [] : [value].flat();
}

/** A number, possibly written as a string; undefined for anything else. */
export function protoInteger(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^-?\d{1,10}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) ? number : undefined;
}

/**
 * The message with a field changed, under whichever name it has.
 *
 * @param change returns the same value if nothing is to be changed
 * @returns the same message if nothing was changed
 */
export function withField(
  message: unknown,
  name: string,
  change: (value: unknown) => unknown,
): unknown {
  if (!isMessage(message)) {
    return message;
  }
  return [...new Set([name, snakeCase(name)])].reduce<unknown>((changed, key) => {
    const value = member(message, key);
    const other = value === undefined || value === null ? value : change(value);
    return other === value ? changed : { ...(changed as object), [key]: other };
  }, message);
}

/** The message with a field set, under the name that it already has, if any. */
export function settingField(
  message: unknown,
  name: string,
  valueOf: (value: unknown) => unknown,
): unknown {
  const fields = isMessage(message) ? message : {};
  const key =
    (member(fields, name) ?? undefined) === undefined &&
    (member(fields, snakeCase(name)) ?? undefined) !== undefined
      ? snakeCase(name)
      : name;
  return { ...fields, [key]: valueOf(member(fields, key)) };
}

/** The list, or the single message in its place, with its items changed. */
export function withItems(value: unknown, change: (item: unknown) => unknown): unknown {
  if (!Array.isArray(value)) {
    return change(value);
  }
  const changed = value.map(change);
  return changed.every((item, index) => item === value[index]) ? value : changed;
}

export function isMessage(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof JsonBlob)
  );
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
