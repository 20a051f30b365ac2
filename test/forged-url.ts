/** A hosted image's URL with another signature: one in 64 begins with any given character. */
export function forgedUrl(url: string): string {
  return url.replace(/sig=(.)/, (_all, first) => `sig=${first === '_' ? 'A' : '_'}`);
}
