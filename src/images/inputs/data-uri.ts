import { JsonBlob } from '../../json/json-blob';

/** A media type and a parameter or two precede the comma; no client writes more than this. */
const MAX_HEAD_BYTES = 1024;

export type DataUri =
  | {
      readonly ok: true;
      /** As declared, in lower case; empty if none is. It may be wrong. */
      readonly mediaType: string;
      /** Everything after the comma, unchecked, sharing memory with the URI. */
      readonly payload: JsonBlob;
    }
  /** `got` completes OpenAI's sentence `Expected a base64-encoded data URL …, but got …`. */
  | { readonly ok: false; readonly got: string };

/** Whether a value claims to be a data URI. URLs may have leading white space. */
export function isDataUri(value: JsonBlob): boolean {
  return /^\s*data:/i.test(value.window(0, 64).toString('latin1'));
}

/** Parses a data URI. The payload, which may be megabytes long, is neither copied nor checked. */
export function parseDataUri(uri: JsonBlob): DataUri {
  const [, head] =
    /^\s*data:([^,]*),/i.exec(uri.window(0, MAX_HEAD_BYTES).toString('latin1')) ?? [];
  if (head === undefined) {
    return { ok: false, got: "a value without the 'data:' prefix or without its comma" };
  }
  const [mediaType = '', ...parameters] = head.split(';').map((part) => part.trim().toLowerCase());
  if (!parameters.includes('base64')) {
    return {
      ok: false,
      got: "a data URL without ';base64', and percent-encoding is not supported",
    };
  }
  const comma = uri.window(0, MAX_HEAD_BYTES).indexOf(',');
  return { ok: true, mediaType, payload: withoutStart(uri, comma + 1) };
}

function withoutStart({ chunks }: JsonBlob, count: number): JsonBlob {
  let left = count;
  const rest = chunks.map((chunk) => {
    const slice = chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
    return slice;
  });
  return new JsonBlob(rest);
}
