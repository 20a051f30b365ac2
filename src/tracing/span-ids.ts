import { randomFillSync } from 'node:crypto';

/** How many words are drawn at once. */
const WORDS = 1024;
const BYTES_PER_WORD = 4;
const HEX_PER_WORD = 2 * BYTES_PER_WORD;

/**
 * The parts of an id as integers of 32 bits, the first byte lowest. A span keeps words instead of a
 * text, because V8 stores them in the span itself: to encode it, no other object must be fetched
 * from memory.
 */
export type IdWords = readonly number[];

/**
 * Draws random ids. Many are drawn and converted to hex at once, because either takes longer than
 * all else that creates a span.
 */
export class SpanIds {
  private readonly bytes = Buffer.alloc(BYTES_PER_WORD * WORDS);
  private readonly words = new DataView(this.bytes.buffer, this.bytes.byteOffset);
  private text = '';
  private position = WORDS;

  /** @returns the position of so many new words, which is valid until the next call */
  draw(count: number): number {
    if (this.position + count > WORDS) {
      this.text = randomFillSync(this.bytes).toString('hex');
      this.position = 0;
    }
    const at = this.position;
    this.position += count;
    return at;
  }

  word(at: number): number {
    return this.words.getInt32(BYTES_PER_WORD * at, true);
  }

  /** The words from there in hex. */
  hex(at: number, count: number): string {
    return this.text.slice(at * HEX_PER_WORD, (at + count) * HEX_PER_WORD);
  }
}

/** The words of an id in hex. */
export function wordsOf(hex: string): IdWords {
  const bytes = Buffer.from(hex, 'hex');
  const length = bytes.length / BYTES_PER_WORD;
  return Array.from({ length }, (_none, index) => bytes.readInt32LE(BYTES_PER_WORD * index));
}

export function hexOf(words: IdWords): string {
  const bytes = Buffer.alloc(BYTES_PER_WORD * words.length);
  words.forEach((word, index) => bytes.writeInt32LE(word, BYTES_PER_WORD * index));
  return bytes.toString('hex');
}
