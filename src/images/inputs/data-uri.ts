import { JsonBlob } from '../../json/json-blob';

/** What stands before the comma is a media type and a parameter or two; no client writes more than this. */
const MAX_HEAD_BYTES = 1024;

export type DataUri =
  | {
      readonly ok: true;
      /** As declared, in lower case; empty where nothing is. It may lie. */
      readonly mediaType: string;
      /** What follows the comma, sharing memory with the URI; nothing has been checked in it. */
      readonly payload: JsonBlob;
    }
  /** `got` completes OpenAI's sentence `Expected a base64-encoded data URL …, but got …`. */
  | { readonly ok: false; readonly got: string };

/** Whether a value claims to be a data URI. URLs may have white space in front. */
export function isDataUri(value: JsonBlob): boolean {
  return /^\s*data:/i.test(value.window(0, 64).toString('latin1'));
}

/** Takes a data URI apart. The payload, which may be megabytes long, is neither copied nor looked at. */
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
