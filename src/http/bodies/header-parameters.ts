/** A parsed header such as `form-data; name="file"`. */
export interface ParameterisedHeader {
  /** The text before the first semicolon, in lower case. */
  readonly value: string;
  /** By name in lower case; the first value of a repeated name. */
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * A name, then `=`, then a quoted string (whose closing quote may be missing) or anything up to the
 * next semicolon.
 */
const PARAMETER = /;\s*([^=;\s]*)\s*(?:=\s*(?:"((?:\\.|[^"\\])*)(?:"[^;]*)?|([^;]*)))?/gs;

/**
 * Parses a header with parameters, quoted or not, as real clients write them: .NET sends names
 * without quotes, and old Windows clients do not escape the backslashes of a path. So only `\"` and
 * `\\` are treated as escapes.
 */
export function parseHeader(header: string): ParameterisedHeader {
  const semicolon = header.indexOf(';');
  const value = semicolon === -1 ? header : header.slice(0, semicolon);
  const rest = semicolon === -1 ? '' : header.slice(semicolon);
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, plain = ''] of rest.matchAll(PARAMETER)) {
    const key = name.toLowerCase();
    if (key !== '' && !parameters.has(key)) {
      parameters.set(key, quoted?.replace(/\\(["\\])/g, '$1') ?? plain.trim());
    }
  }
  return { value: value.trim().toLowerCase(), parameters };
}
