import { invalidRequest } from '../../errors/gateway-error';

const INTEGERS: ReadonlySet<string> = new Set([
  'n',
  'output_compression',
  'partial_images',
  'batch_size',
  'seed',
]);

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/** No more digits than a finite number has; `1.0` is an integer, as in JSON. */
const INTEGER = /^\s*[+-]?\d{1,300}(?:\.0*)?\s*$/;

/**
 * Converts a form's text fields to the values that JSON would have. Fields that are not `known` are
 * left out.
 *
 * OpenAI's SDKs cannot send null in a form and tell their users to send the text `null`, so that
 * counts as an omitted field, except for `prompt`, where it may be meant literally. A browser sends
 * an empty text for a blank field.
 *
 * @throws GatewayError `invalid_type` for a text that is not the expected number or boolean;
 * `duplicate_parameter` for a repeated field
 */
export function formValues(
  fields: readonly { readonly name: string; readonly value: string }[],
  known: ReadonlySet<string>,
): Record<string, unknown> {
  const values = new Map<string, unknown>();
  for (const { name, value } of fields.filter((field) => known.has(field.name))) {
    if (values.has(name)) {
      throw invalidRequest(name, 'duplicate_parameter', duplicateMessage(name));
    }
    values.set(name, valueOf(name, value));
  }
  return Object.fromEntries(values);
}

/** OpenAI's message without its end, which recommends an array where none is accepted. */
export function duplicateMessage(field: string): string {
  return (
    `Duplicate parameter: '${field}'. You provided multiple values for this parameter, ` +
    'whereas only one is allowed.'
  );
}

function valueOf(name: string, text: string): unknown {
  if ((text === 'null' || text === '') && name !== 'prompt') {
    return undefined;
  }
  if (INTEGERS.has(name)) {
    return INTEGER.test(text) ? Number(text) : unconverted(name, 'an integer');
  }
  if (name === 'stream') {
    return BOOLEANS.get(text.trim().toLowerCase()) ?? unconverted(name, 'a boolean');
  }
  return text;
}

/** OpenAI's message, which does not end in "instead". */
function unconverted(name: string, expected: string): never {
  throw invalidRequest(
    name,
    'invalid_type',
    `Invalid type for '${name}': expected ${expected}, but got a string value that could not be ` +
      `converted into ${expected}.`,
  );
}
