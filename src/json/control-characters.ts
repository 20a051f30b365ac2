const WORD_BYTES = 4;
/** Below this, a view of words costs more than it saves. */
const WORDS_PAY_FROM_BYTES = 32;

/** In each byte of a word: the first value that is no control character. */
const SPACES = 0x20202020;
const TOP_BITS = 0x80808080;

/**
 * Whether any byte is below 0x20. JSON forbids these inside a string unless they are escaped.
 *
 * Node has no native search for a range of values, and looking at every byte takes eight times as
 * long as four at once: a byte below 0x20 is the only one whose top bit is clear and comes out set
 * when 0x20 is taken off. (A borrow can spoil the byte above it, but only where there is already
 * one to be found.)
 */
export function hasControlCharacter(bytes: Buffer): boolean {
  if (isResizable(bytes)) {
    return hasControlInCopy(bytes);
  }
  if (bytes.length < WORDS_PAY_FROM_BYTES) {
    return hasControlByte(bytes, 0, bytes.length);
  }
  // A view of words has to begin at a multiple of their size; chunks begin anywhere.
  const wordsStart = (WORD_BYTES - (bytes.byteOffset % WORD_BYTES)) % WORD_BYTES;
  const words = Math.floor((bytes.length - wordsStart) / WORD_BYTES);
  return (
    hasControlByte(bytes, 0, wordsStart) ||
    hasControlWord(new Int32Array(bytes.buffer, bytes.byteOffset + wordsStart, words)) ||
    hasControlByte(bytes, wordsStart + words * WORD_BYTES, bytes.length)
  );
}

/** ES2024, which Node 20 has and TypeScript's library for it has not. */
function isResizable({ buffer }: Buffer): boolean {
  return (buffer as ArrayBufferLike & { readonly resizable?: boolean }).resizable === true;
}

/** 32 KB stay in the processor's first cache. */
const COPY = new Int32Array(8 * 1024);
const COPIED_BYTES = Buffer.from(COPY.buffer);

/**
 * Slabs are resizable, so that their memory can be given back, and V8 looks up the size of such memory at each access:
 * reading it takes twice as long as copying it first.
 */
function hasControlInCopy(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += COPIED_BYTES.length) {
    const copied = bytes.copy(COPIED_BYTES, 0, at);
    const words = Math.ceil(copied / WORD_BYTES);
    COPIED_BYTES.fill(' ', copied, words * WORD_BYTES);
    if (hasControlWord(COPY.subarray(0, words))) {
      return true;
    }
  }
  return false;
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
