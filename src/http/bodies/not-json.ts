import type { JsonPosition } from '../../json/json-position';

/**
 * The message for a body that is not JSON: the position, but none of the text there. A body holds
 * prompts, and messages end up in logs.
 */
export function notJson(position: JsonPosition | undefined): string {
  const fault = position === undefined ? 'it is not valid JSON' : faultAt(position);
  return `We could not parse the JSON body of your request: ${fault}. Easel expects a JSON object.`;
}

function faultAt({ what, line, column }: JsonPosition): string {
  const place = column === undefined ? `line ${line}` : `line ${line}, column ${column}`;
  switch (what) {
    case 'token':
      return `it is not valid JSON at ${place}`;
    case 'string':
      return (
        `the string that begins at ${place} has no end, or holds a line break or another character ` +
        'that JSON wants escaped'
      );
    case 'end':
      return `it ends too early, at ${place}`;
  }
}
