import type { AttributeValue } from '@opentelemetry/api';
import { EncodedAttributes } from './encoded-attributes';
import { ProtobufWriter } from './protobuf-writer';
import type { SpanAttributes } from './span-attributes';

/** Longer texts are not kept. */
const MAX_KEPT_LENGTH = 256;
/**
 * A group is kept as it is now after so many differences, in all calls together. Each time it is
 * kept, the number doubles up to the maximum: some attributes, such as ids, differ in every request.
 */
const MISSES_UNTIL_KEPT = 64;
const MAX_MISSES_UNTIL_KEPT = 4096;

/** A group of attributes as it once was, and its encoding. */
interface KeptGroup {
  readonly keys: readonly string[];
  /** One that is not kept is NaN, which equals nothing. */
  readonly values: readonly (AttributeValue | undefined)[];
  readonly bytes: Buffer;
  /** Where each attribute begins, and at last the end. */
  readonly bounds: readonly number[];
  /** By first attribute, those copied together last: the same ones differ in most requests. */
  readonly runs: (CopiedRun | undefined)[];
  misses: number;
  readonly maxMisses: number;
}

/** Attributes of a group that were copied together. */
interface CopiedRun {
  /** The attribute after the last. */
  readonly to: number;
  readonly bytes: Uint8Array;
}

/**
 * Encodes attributes that are set together. Most of them are what they were when the group was kept;
 * their bytes are copied at once. To look up and copy one after the other takes longer, because
 * each is elsewhere in memory.
 */
export class AttributeGroups {
  private readonly writer = new ProtobufWriter();
  private readonly encoded = new EncodedAttributes();
  /** By field and first key. */
  private readonly groups = new Map<number, Map<string, KeptGroup>>();

  /** Writes them as that field of a message. */
  write(writer: ProtobufWriter, field: number, attributes: SpanAttributes): void {
    let group: KeptGroup | undefined;
    let index = 0;
    // Those from here to the index are as they were kept, and not yet written.
    let from = 0;
    for (const key in attributes) {
      const value = attributes[key];
      group ??= this.find(field, key) ?? this.keep(field, attributes, MISSES_UNTIL_KEPT);
      if (group.keys[index] !== key || !isSame(group.values[index], value)) {
        copy(writer, group, from, index);
        this.encoded.write(writer, field, key, value);
        from = index + 1;
        group.misses += 1;
      }
      index += 1;
    }
    if (group !== undefined) {
      copy(writer, group, from, index);
      if (group.misses >= group.maxMisses) {
        this.keep(field, attributes, Math.min(2 * group.maxMisses, MAX_MISSES_UNTIL_KEPT));
      }
    }
  }

  /** The bytes of attributes that are not kept as a group. */
  encode(field: number, attributes: SpanAttributes): Buffer {
    const { writer } = this;
    for (const [key, value] of Object.entries(attributes)) {
      this.encoded.write(writer, field, key, value);
    }
    return writer.take();
  }

  private find(field: number, firstKey: string): KeptGroup | undefined {
    return this.groups.get(field)?.get(firstKey);
  }

  private keep(field: number, attributes: SpanAttributes, maxMisses: number): KeptGroup {
    const { writer } = this;
    const entries = Object.entries(attributes);
    const bounds = [0];
    const values = entries.map(([, value]) => kept(value));
    for (const [at, [key, value]] of entries.entries()) {
      if (Number.isNaN(values[at])) {
        bounds.push(writer.length);
        continue;
      }
      this.encoded.write(writer, field, key, value);
      bounds.push(writer.length);
    }
    const group = {
      keys: entries.map(([key]) => key),
      values,
      bytes: writer.take(),
      bounds,
      runs: [],
      misses: 0,
      maxMisses,
    };
    const ofField = this.groups.get(field) ?? new Map<string, KeptGroup>();
    this.groups.set(field, ofField);
    ofField.set(group.keys[0] ?? '', group);
    return group;
  }
}

function copy(writer: ProtobufWriter, group: KeptGroup, from: number, to: number): void {
  if (from < to) {
    const run = group.runs[from];
    writer.bytes(run?.to === to ? run.bytes : newRun(group, from, to).bytes);
  }
}

/** A view of the bytes, which takes longer to create than to copy. */
function newRun({ bytes, bounds, runs }: KeptGroup, from: number, to: number): CopiedRun {
  const run = { to, bytes: bytes.subarray(bounds[from], bounds[to]) };
  runs[from] = run;
  return run;
}

function kept(value: AttributeValue | undefined): AttributeValue | undefined {
  if (Array.isArray(value)) {
    const [only] = value as readonly unknown[];
    return value.length === 1 && String(only).length <= MAX_KEPT_LENGTH
      ? ([...value] as AttributeValue)
      : NaN;
  }
  return typeof value === 'string' && value.length > MAX_KEPT_LENGTH ? NaN : value;
}

/** A list is the same if its only item is: most responses have one reason to finish. */
function isSame(was: AttributeValue | undefined, is: AttributeValue | undefined): boolean {
  return (
    was === is || (Array.isArray(was) && Array.isArray(is) && is.length === 1 && was[0] === is[0])
  );
}
