import { isAscii, isUtf8 } from 'node:buffer';
import { invalidRequest, type GatewayError } from '../../errors/gateway-error';
import { JsonBlob } from '../../json/json-blob';
import { ANY_ELEMENT, type BodyPaths } from './body-paths';

/**
 * The maximum size of one text, in bytes of UTF-8: twice what the 32,000 characters of a prompt can
 * take.
 */
export const MAX_TEXT_BYTES = 256 * 1024;

/**
 * The maximum size of all long texts of a body together. Converting more into strings would block
 * the event loop.
 */
export const MAX_TEXTS_BYTES = 4 * 1024 * 1024;

/**
 * Turns the blobs in a value into strings, in place, except at the paths in `kept`. A blob of more
 * than `MAX_TEXT_BYTES`, and all blobs after the first `MAX_TEXTS_BYTES`, also stay blobs, since no
 * text field can hold them.
 *
 * @param value as a `BlobJsonReader` returns it, without other references to it
 */
export function inlineShortBlobs(value: unknown, kept?: BodyPaths): unknown {
  const budget = { bytes: MAX_TEXTS_BYTES };
  if (value instanceof JsonBlob) {
    return kept?.isPath === true ? value : asText(value, budget);
  }
  const pending: PendingNode[] =
    typeof value === 'object' && value !== null ? [{ node: value, paths: kept }] : [];
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    const { node, paths } = place;
    const members = node as Record<string, unknown>;
    const inArray = Array.isArray(node);
    for (const key in node) {
      const child = members[key];
      if (typeof child === 'object' && child !== null) {
        const rest = paths?.below(inArray ? ANY_ELEMENT : key);
        if (!(child instanceof JsonBlob)) {
          pending.push({ node: child, paths: rest });
        } else if (rest?.isPath !== true) {
          members[key] = asText(child, budget);
        }
      }
    }
  }
  return value;
}

interface PendingNode {
  readonly node: object;
  readonly paths: BodyPaths | undefined;
}

function asText(blob: JsonBlob, budget: { bytes: number }): string | JsonBlob {
  const { byteLength } = blob;
  if (byteLength > MAX_TEXT_BYTES || byteLength > budget.bytes) {
    return blob;
  }
  budget.bytes -= byteLength;
  if (!blob.chunks.every((chunk) => isAscii(chunk)) && !isUtf8(blob.toBuffer())) {
    throw notUtf8();
  }
  return blob.toText();
}

/**
 * The fault of text that is not UTF-8. Its meaning is lost, and the call would still cost money.
 */
export function notUtf8(): GatewayError {
  return invalidRequest(null, null, 'The text of your request is not valid UTF-8.');
}

/** The message for a text that is longer than any field allows. */
export function textTooLong(field: string): GatewayError {
  return invalidRequest(
    field,
    'string_above_max_length',
    `Invalid '${field}': string too long. A text may have ${MAX_TEXT_BYTES} bytes at most.`,
  );
}
