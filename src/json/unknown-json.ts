/** The member of a value of which nothing is known; undefined where there is none. */
export function member(value: unknown, key: string | number): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string | number, unknown>>)[key]
    : undefined;
}

/** The items of a value of which nothing is known; none when it is no array. */
export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** What a text says; undefined, which JSON cannot say, where it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Not the parser's message: it quotes the text, which may hold a secret.
    return undefined;
  }
}
