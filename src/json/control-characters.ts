const WORD_BYTES = 4;
/** Below this size, a view of words costs more than it saves. */
const WORDS_PAY_FROM_BYTES = 32;

/** In each byte of a word: the first value that is not a control character. */
const SPACES = 0x20202020;
const TOP_BITS = 0x80808080;

/**
 * Whether any byte is below 0x20. JSON forbids these inside a string unless they are escaped.
 *
 * Node has no native search for a range of values, and checking single bytes takes eight times as
 * long as four at once. Subtracting 0x20 from every byte of a word sets the top bit of exactly
 * those bytes below 0x20 whose top bit was clear. (A borrow can affect the byte above, but only if
 * a match exists already.)
 */
export function hasControlCharacter(bytes: Buffer): boolean {
  if (bytes.length < WORDS_PAY_FROM_BYTES) {
    return hasControlByte(bytes, 0, bytes.length);
  }
  // A view of words must begin at a multiple of their size; chunks begin anywhere.
  const wordsStart = (WORD_BYTES - (bytes.byteOffset % WORD_BYTES)) % WORD_BYTES;
  const words = Math.floor((bytes.length - wordsStart) / WORD_BYTES);
  return (
    hasControlByte(bytes, 0, wordsStart) ||
    hasControlWord(new Int32Array(bytes.buffer, bytes.byteOffset + wordsStart, words)) ||
    hasControlByte(bytes, wordsStart + words * WORD_BYTES, bytes.length)
  );
}

function hasControlByte(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    if ((bytes[at] ?? 0) < 0x20) {
      return true;
    }
  }
  return false;
}

function hasControlWord(words: Int32Array): boolean {
  let found = 0;
  const unrolled = words.length - (words.length % 4);
  for (let at = 0; at < unrolled; at += 4) {
    const a = words[at] ?? 0;
    const b = words[at + 1] ?? 0;
    const c = words[at + 2] ?? 0;
    const d = words[at + 3] ?? 0;
    found |= (a - SPACES) & ~a;
    found |= (b - SPACES) & ~b;
    found |= (c - SPACES) & ~c;
    found |= (d - SPACES) & ~d;
  }
  for (let at = unrolled; at < words.length; at += 1) {
    const word = words[at] ?? 0;
    found |= (word - SPACES) & ~word;
  }
  return (found & TOP_BITS) !== 0;
}
