export interface EntryContext {
  /** What a fault calls the entry: `an account`. */
  readonly noun: string;
  /** Receives each fault, without its position. */
  readonly report: (fault: string) => void;
  /** Reads a file that the entry names; throws if it cannot. */
  readonly readFile: (path: string) => string;
}

/** Reads the members of one entry of a file. A faulty member is reported and counts as absent. */
export class EntryReader {
  private readonly entry: Readonly<Record<string, unknown>>;

  /**
   * @param value the parsed entry
   * @param path precedes the name of a member in a fault: `limits.`
   */
  constructor(
    value: unknown,
    private readonly surroundings: EntryContext,
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
   * Reports unknown members and members without a value: a mistyped or unfinished limit would
   * otherwise mean no limit.
   */
  requireKnown(known: readonly string[]): void {
    const { noun } = this.surroundings;
    for (const name of this.names) {
      if (!known.includes(name)) {
        this.report(
          `${this.path}${showableName(name)} is not a property of ${noun}; expected ${known.join(', ')}`,
        );
      } else if (this.entry[name] === null) {
        this.report(`${this.path}${name} has no value: set one, or remove it`);
      }
    }
  }

  /** A value of any type; `null` is the same as absent. */
  value(name: string): unknown {
    return this.entry[name] ?? undefined;
  }

  /** The members of a nested mapping; undefined if there is none. */
  mapping(name: string): EntryReader | undefined {
    const value = this.value(name);
    return value === undefined ? undefined : this.inside(value, name);
  }

  /** @param path the position of the value, for faults: `keys[0]` */
  inside(value: unknown, path: string): EntryReader {
    return new EntryReader(value, { ...this.surroundings, noun: path }, `${path}.`);
  }

  text(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined) {
      return undefined;
    }
    // YAML parses an unquoted project number as a number; its digits are meant.
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text === 'string' && text.trim() !== '') {
      return text.trim();
    }
    this.report(`${this.path}${name} must be a text and not empty`);
    return undefined;
  }

  /** A list of non-empty texts; undefined if it is absent or anything else. */
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
    this.report(`${this.path}${name} must be a list of ${ofWhat}; remove it to allow all`);
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

  /** True unless it is set to false. */
  enabled(): boolean {
    const enabled = this.value('enabled') ?? true;
    if (typeof enabled !== 'boolean') {
      this.report('enabled must be true or false');
    }
    return enabled !== false;
  }

  /** The content of the file whose path is in that member. */
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

/** A name as a fault shows it. If a colon is misplaced, a secret is parsed as a name. */
export function showableName(name: string): string {
  return /^[A-Za-z]\w{0,23}$/.test(name) ? name : '(a name that is not shown)';
}
