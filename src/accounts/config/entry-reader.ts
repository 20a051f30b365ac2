/** Reads the members of one entry of a file. A faulty member is reported and counts as absent. */
export class EntryReader {
  private readonly entry: Readonly<Record<string, unknown>>;

  /**
   * @param value the entry as it was parsed
   * @param report takes each fault, without its place
   * @param readFile reads a file that the entry names; throws when it cannot
   */
  constructor(
    value: unknown,
    readonly report: (fault: string) => void,
    private readonly readFile: (path: string) => string,
  ) {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    this.entry = isObject ? (value as Readonly<Record<string, unknown>>) : {};
    if (!isObject) {
      this.report('an account must be a mapping of names to values');
    }
  }

  get names(): readonly string[] {
    return Object.keys(this.entry);
  }

  /** A value of any type; `null` is the same as absent. */
  value(name: string): unknown {
    return this.entry[name] ?? undefined;
  }

  text(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined) {
      return undefined;
    }
    // YAML reads an unquoted project number as a number; its digits are meant.
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text === 'string' && text.trim() !== '') {
      return text.trim();
    }
    this.report(`${name} must be a text that is not empty`);
    return undefined;
  }

  integer(name: string, min: number, max: number): number | undefined {
    const value = this.value(name);
    if (value === undefined) {
      return undefined;
    }
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) {
      return value;
    }
    this.report(`${name} must be an integer from ${min} to ${max}`);
    return undefined;
  }

  /** The content of the file whose path is that member's. */
  fileNamedBy(name: string): string | undefined {
    const path = this.text(name);
    if (path === undefined) {
      return undefined;
    }
    try {
      const content = this.readFile(path).trim();
      if (content !== '') {
        return content;
      }
      this.report(`${name} is empty: ${path}`);
    } catch {
      this.report(`${name} cannot be read: ${path}`);
    }
    return undefined;
  }
}
