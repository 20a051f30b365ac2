export interface EntrySurroundings {
  /** What the entry is called in a fault: `an account`. */
  readonly noun: string;
  /** Takes each fault, without its place. */
  readonly report: (fault: string) => void;
  /** Reads a file that the entry names; throws when it cannot. */
  readonly readFile: (path: string) => string;
}

/** Reads the members of one entry of a file. A faulty member is reported and counts as absent. */
export class EntryReader {
  private readonly entry: Readonly<Record<string, unknown>>;

  /**
   * @param value the entry as it was parsed
   * @param path what precedes the name of a member in a fault: `limits.`
   */
  constructor(
    value: unknown,
    private readonly surroundings: EntrySurroundings,
    private readonly path = '',
  ) {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    this.entry = isObject ? (value as Readonly<Record<string, unknown>>) : {};
    if (!isObject) {
      this.report(`${surroundings.noun} must be a mapping of names to values`);
    }
  }

  get names(): readonly string[] {
    return Object.keys(this.entry);
  }

  report(fault: string): void {
    this.surroundings.report(fault);
  }

  /**
   * Reports each member that is none of these, and each that has no value: a limit that is mistyped, or
   * left unfinished, would be none.
   */
  requireKnown(known: readonly string[]): void {
    const { noun } = this.surroundings;
    for (const name of this.names) {
      if (!known.includes(name)) {
        this.report(
          `${this.path}${showableName(name)} is not a property of ${noun}: ${known.join(', ')} are`,
        );
      } else if (this.entry[name] === null) {
        this.report(`${this.path}${name} has no value: give it one, or leave it out`);
      }
    }
  }

  /** A value of any type; `null` is the same as absent. */
  value(name: string): unknown {
    return this.entry[name] ?? undefined;
  }

  /** The members of a mapping inside; undefined where there is none. */
  mapping(name: string): EntryReader | undefined {
    const value = this.value(name);
    return value === undefined ? undefined : this.inside(value, name);
  }

  /** @param path where the value is, for faults: `keys[0]` */
  inside(value: unknown, path: string): EntryReader {
    return new EntryReader(value, { ...this.surroundings, noun: path }, `${path}.`);
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
    this.report(`${this.path}${name} must be a text that is not empty`);
    return undefined;
  }

  /** A list of texts, none of them empty; undefined where it is absent, or anything else. */
  texts(name: string, ofWhat: string): readonly string[] | undefined {
    const value = this.value(name);
    if (value === undefined) {
      return undefined;
    }
    if (
      Array.isArray(value) &&
      value.length > 0 &&
      value.every((item): item is string => typeof item === 'string' && item.trim() !== '')
    ) {
      return value.map((item) => item.trim());
    }
    this.report(`${this.path}${name} must be a list of ${ofWhat}; leave it out to allow all`);
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
    this.report(`${this.path}${name} must be an integer from ${min} to ${max}`);
    return undefined;
  }

  /** On unless it is set to false. */
  enabled(): boolean {
    const enabled = this.value('enabled') ?? true;
    if (typeof enabled !== 'boolean') {
      this.report('enabled must be true or false');
    }
    return enabled !== false;
  }

  /** The content of the file whose path is that member's. */
  fileNamedBy(name: string): string | undefined {
    const path = this.text(name);
    if (path === undefined) {
      return undefined;
    }
    try {
      const content = this.surroundings.readFile(path).trim();
      if (content !== '') {
        return content;
      }
      this.report(`${this.path}${name} is empty: ${path}`);
    } catch {
      this.report(`${this.path}${name} cannot be read: ${path}`);
    }
    return undefined;
  }
}

/** A name as a fault has it. Where a colon is misplaced, a secret is a name. */
export function showableName(name: string): string {
  return /^[A-Za-z]\w{0,23}$/.test(name) ? name : '(a name that is not shown)';
}
