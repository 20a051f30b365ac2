import type { JsonBlob } from '../json/json-blob';

/** The part of a data URI before its base64, or white space. */
const BEFORE = /^\s*(?:data:[^,]{0,200},)?\s*/;
/** The first characters of a PNG, a JPEG (in either alphabet of base64) and a RIFF container. */
const IMAGE_START = /^(?:iVBORw0KGgo|[/_]9j[/_]|UklGR)/;
const MAX_START_LENGTH = 256;

/** Whether text looks like an image in base64, by its first characters. */
export function looksLikeImageBase64(data: JsonBlob): boolean {
  const start = data.window(0, MAX_START_LENGTH).toString('latin1').replace(BEFORE, '');
  return IMAGE_START.test(start);
}
