import type { AttributeValue } from '@opentelemetry/api';
import { ProtobufWriter } from './protobuf-writer';

type Scalar = string | number | boolean;

/**
 * Most attributes have few values. One with more depends on the request, and is no longer cached.
 */
const VALUES_KEPT = 64;
const MAX_CACHED_LENGTH = 64;

/** One key, and what is cached for it. */
interface KnownKey {
  /** The key as the first field of an attribute. */
  readonly encoded: Uint8Array;
  /** Attributes by value; undefined if there are too many. */
  values: Map<Scalar, Uint8Array> | undefined;
  last: Scalar | undefined;
  lastEncoded: Uint8Array;
}

/**
 * Attributes as OTLP encodes them. The same ones occur in every request, so their encoding is
 * cached.
 */
export class EncodedAttributes {
  private readonly writer = new ProtobufWriter();
  private readonly known = new Map<string, KnownKey>();

  /** Writes one as that field of a message, or nothing if it has no value. */
  write(
    writer: ProtobufWriter,
    field: number,
    name: string,
    value: AttributeValue | undefined,
  ): void {
    if (value === undefined) {
      return;
    }
    writer.tag(field, 2);
    const key = this.known.get(name) ?? this.learn(name);
    // Most often, it is the same value as in the request before.
    if (value === key.last) {
      writer.bytes(key.lastEncoded);
      return;
    }
    const encoded = this.cached(key, value);
    if (encoded === undefined) {
      writeAttribute(writer, key, value);
    } else {
      writer.bytes(encoded);
    }
  }

  private learn(name: string): KnownKey {
    const { writer } = this;
    writer.tag(1, 2);
    writer.text(name);
    const encoded = writer.take();
    const key = { encoded, values: new Map(), last: undefined, lastEncoded: encoded };
    this.known.set(name, key);
    return key;
  }

  /** @returns undefined if it is not cached */
  private cached(key: KnownKey, value: AttributeValue): Uint8Array | undefined {
    const { values } = key;
    if (
      values === undefined ||
      typeof value === 'object' ||
      (typeof value === 'string' && value.length > MAX_CACHED_LENGTH)
    ) {
      return undefined;
    }
    let encoded = values.get(value);
    if (encoded === undefined) {
      if (values.size === VALUES_KEPT) {
        [key.values, key.last] = [undefined, undefined];
        return undefined;
      }
      writeAttribute(this.writer, key, value);
      encoded = this.writer.take();
      values.set(value, encoded);
    }
    [key.last, key.lastEncoded] = [value, encoded];
    return encoded;
  }
}

function writeAttribute(
  writer: ProtobufWriter,
  { encoded }: KnownKey,
  value: AttributeValue,
): void {
  const attribute = writer.begin();
  writer.bytes(encoded);
  writer.tag(2, 2);
  const written = writer.begin();
  writeValue(writer, value);
  writer.finish(written);
  writer.finish(attribute);
}

/** A missing value, such as a hole in a list, is an empty message. */
function writeValue(writer: ProtobufWriter, value: AttributeValue | null | undefined): void {
  if (typeof value === 'string') {
    writer.tag(1, 2);
    writer.text(value);
  } else if (typeof value === 'boolean') {
    writer.tag(2, 0);
    writer.varint(value ? 1 : 0);
  } else if (typeof value === 'number' && Number.isSafeInteger(value)) {
    writer.tag(3, 0);
    writer.varint(value);
  } else if (typeof value === 'number') {
    writer.tag(4, 1);
    writer.double(value);
  } else if (value) {
    writer.tag(5, 2);
    const list = writer.begin();
    for (const item of value) {
      writer.tag(1, 2);
      const written = writer.begin();
      writeValue(writer, item);
      writer.finish(written);
    }
    writer.finish(list);
  }
}
