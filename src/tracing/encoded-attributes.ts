import type { AttributeValue } from '@opentelemetry/api';
import { ProtobufWriter } from './protobuf-writer';

type Scalar = string | number | boolean;

/**
 * Most attributes have few values. One with more depends on the request, and is no longer cached.
 */
const VALUES_KEPT = 64;
const MAX_CACHED_LENGTH = 64;

/**
 * Attributes as OTLP encodes them. The same ones occur in every request, so their encoding is
 * cached.
 */
export class EncodedAttributes {
  private readonly writer = new ProtobufWriter();
  /** By key and value; undefined for a key with too many values. */
  private readonly kept = new Map<string, Map<Scalar, Uint8Array> | undefined>();

  /** Writes them as that field of a message. */
  write(
    writer: ProtobufWriter,
    field: number,
    attributes: Readonly<Record<string, AttributeValue | undefined>>,
  ): void {
    for (const key in attributes) {
      const value = attributes[key];
      if (value !== undefined) {
        writer.tag(field, 2);
        writer.bytes(this.encoded(key, value));
      }
    }
  }

  private encoded(key: string, value: AttributeValue): Uint8Array {
    if (
      typeof value === 'object' ||
      (typeof value === 'string' && value.length > MAX_CACHED_LENGTH)
    ) {
      return this.encode(key, value);
    }
    let values = this.kept.get(key);
    if (values === undefined) {
      if (this.kept.has(key)) {
        return this.encode(key, value);
      }
      values = new Map();
      this.kept.set(key, values);
    }
    const known = values.get(value);
    if (known !== undefined) {
      return known;
    }
    const encoded = this.encode(key, value);
    if (values.size < VALUES_KEPT) {
      values.set(value, encoded);
    } else {
      this.kept.set(key, undefined);
    }
    return encoded;
  }

  private encode(key: string, value: AttributeValue): Uint8Array {
    const { writer } = this;
    const attribute = writer.begin();
    writer.tag(1, 2);
    writer.text(key);
    writer.tag(2, 2);
    const written = writer.begin();
    writeValue(writer, value);
    writer.finish(written);
    writer.finish(attribute);
    return writer.take();
  }
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
