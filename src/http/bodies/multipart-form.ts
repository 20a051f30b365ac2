/** A text field of a form, with its name as sent: `file[]` is not `file` here. */
export interface FormField {
  readonly name: string;
  readonly value: string;
}

/**
 * A file of a form. Its bytes are slices of the received chunks and must not be modified. Code that
 * converts them removes them from the list, so that they can be freed before the request ends.
 */
export interface FormFile {
  readonly name: string;
  /** Without directories. The client chose it, so use it in messages only. */
  readonly filename?: string | undefined;
  /**
   * The part's Content-Type, in lower case and without parameters; often
   * `application/octet-stream`.
   */
  readonly declaredType?: string | undefined;
  readonly bytes: Buffer[];
}

/** A form as it was sent: fields and files in order of arrival. */
export class MultipartForm {
  constructor(
    readonly fields: readonly FormField[],
    readonly files: readonly FormFile[],
  ) {}
}

/**
 * A name without its array suffix, and the number in that suffix: `file[2]` is number 2 of `file`.
 */
export interface FieldName {
  readonly base: string;
  readonly index?: number;
}

/** Clients write a list as `file` repeated, `file[]` repeated, or `file[0]`, `file[1]` … */
export function fieldName(name: string): FieldName {
  const [, base, digits] = /^(.*)\[(\d{0,6})\]$/s.exec(name) ?? [];
  if (base === undefined) {
    return { base: name };
  }
  return digits === undefined || digits === '' ? { base } : { base, index: Number(digits) };
}

/**
 * The entries (fields or files) of one name, whatever their suffix: sorted by number if each has
 * one, otherwise as sent.
 */
export function entriesOf<T extends { readonly name: string }>(
  entries: readonly T[],
  base: string,
): readonly T[] {
  const named = entries
    .map((entry) => ({ entry, ...fieldName(entry.name) }))
    .filter((candidate) => candidate.base === base);
  const inOrder = named.some(({ index }) => index === undefined)
    ? named
    : named.sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
  return inOrder.map(({ entry }) => entry);
}
