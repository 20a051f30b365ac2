/** The maximum length of a warning, in characters. */
const MAX_WARNING_LENGTH = 200;

/** The maximum length of a client's text inside a warning or message, in characters. */
const MAX_QUOTED_LENGTH = 60;

/**
 * Makes a text suitable for an HTTP header: printable ASCII, with `?` for every other character,
 * and no longer than a header line should be.
 */
export function toWarning(text: string): string {
  return shorten(text.replace(/[^\x20-\x7e]/gu, '?'), MAX_WARNING_LENGTH);
}

/** A client's own text, shortened to leave room for the sentence around it. */
export function quotable(text: string): string {
  return shorten(text, MAX_QUOTED_LENGTH);
}

function shorten(text: string, maxLength: number): string {
  if (text.length <= maxLength) {
    return text;
  }
  // Cutting through a surrogate pair would leave half a character.
  return `${text.slice(0, maxLength - 3).replace(/[\ud800-\udbff]$/, '')}...`;
}
