/** The text of a header whose bytes are UTF-8; browsers read each byte as a character. */
export function headerText(value: string): string {
  return new TextDecoder().decode(Uint8Array.from(value, (byte) => byte.charCodeAt(0)));
}
