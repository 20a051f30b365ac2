/** The longest warning, in characters. */
const MAX_WARNING_LENGTH = 200;

/** The longest piece of a client's text inside a warning or a message, in characters. */
const MAX_QUOTED_LENGTH = 60;

/**
 * Makes a text fit for an HTTP header: printable ASCII, every other character a `?`, and no longer
 * than a header line should be.
 */
export function toWarning(text: string): string {
  return shorten(text.replace(/[^\x20-\x7e]/gu, '?'), MAX_WARNING_LENGTH);
}

/** A client's own text, cut to a length that leaves room for the sentence around it. */
export function quotable(text: string): string {
  return shorten(text, MAX_QUOTED_LENGTH);
}

function shorten(text: string, maxLength: number): string {
  if (text.length <= maxLength) {
    return text;
  }
  // A cut through a surrogate pair would leave half a character behind.
  return `${text.slice(0, maxLength - 3).replace(/[\ud800-\udbff]$/, '')}...`;
}
