/** Gemini's seeds have 32 bits. */
const LEAST = -(2 ** 31);
const MOST = 2 ** 31 - 1;

/** Undefined if none is typed, or nothing that is one. */
export function seedOf(text: string): number | undefined {
  const seed = Number(text);
  return isWhole(text) && seed >= LEAST && seed <= MOST ? seed : undefined;
}

/** What is wrong with what is typed; empty if it can be sent, or left out. */
export function seedFault(text: string): string {
  if (text.trim() === '' || seedOf(text) !== undefined) {
    return '';
  }
  return isWhole(text) ? `A seed is from −${-LEAST} to ${MOST}.` : 'A seed is a whole number.';
}

/** Digits only: `Number` would take `1e3` and `0x10` as well. */
function isWhole(text: string): boolean {
  return /^[-+]?\d+$/.test(text.trim());
}
