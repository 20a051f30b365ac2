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

/** With no more digits than a finite number has; `1.0` is an integer, as it is in JSON. */
const INTEGER = /^\s*[+-]?\d{1,300}(?:\.0*)?\s*$/;

/**
 * The text fields of a form as JSON would have them: a form knows nothing but texts. Fields that are
 * not `known` are left out.
 *
 * OpenAI's SDKs cannot put null into a form and tell their users to send the text `null` instead, so
 * that is a field left out; but for `prompt`, where it may be meant. A browser sends an empty text for a
 * field that was not filled in.
 *
 * @throws GatewayError `invalid_type` for a text that is no number where one belongs, or no boolean;
 * `duplicate_parameter` for a field that comes twice
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

/** OpenAI's sentence, but for its end, which recommends an array where none is taken. */
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

/** OpenAI's sentence, which has no «instead» at its end. */
function unconverted(name: string, expected: string): never {
  throw invalidRequest(
    name,
    'invalid_type',
    `Invalid type for '${name}': expected ${expected}, but got a string value that could not be ` +
      `converted into ${expected}.`,
  );
}
