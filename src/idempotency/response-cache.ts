import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { JsonBlob } from '../json/json-blob';
import type { KeptResponse } from './kept-response';
import type { OpenedResponse } from './opened-response';

const IN_MEMORY = 'memory:';

/** The overhead of an entry. Without it, a million responses of text alone would fit in. */
const ENTRY_BYTES = 2048;
/** About a millisecond of copying between two yields to the event loop. */
const BYTES_PER_TURN = 2 * 1024 * 1024;

interface Entry {
  /** As JSON, so that its memory matches the counted size. */
  readonly response: Buffer;
  readonly images: readonly (JsonBlob | undefined)[];
  readonly byteLength: number;
}

/** Responses in memory, up to a total size; the oldest are dropped first. */
export class ResponseCache {
  /** Oldest first. */
  private readonly entries = new Map<string, Entry>();
  private heldBytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** Whether a name belongs to a cache, of this process or another. */
  static isName(name: string): boolean {
    return name.startsWith(IN_MEMORY);
  }

  /** How many bytes it holds, or is about to. */
  get bytes(): number {
    return this.heldBytes;
  }

  /**
   * Stores a copy.
   *
   * @param images must stay in place until this settles
   * @returns the name under which it can be found; undefined if there is no room for it
   */
  async add({ response, images }: OpenedResponse): Promise<string | undefined> {
    const text = Buffer.from(JSON.stringify(response));
    const byteLength = images.reduce(
      (sum, image) => sum + (image?.byteLength ?? 0),
      text.length + ENTRY_BYTES,
    );
    if (byteLength > this.maxBytes) {
      return undefined;
    }
    this.heldBytes += byteLength;
    this.dropOldest();
    const copies: (JsonBlob | undefined)[] = [];
    for (const image of images) {
      copies.push(image && (await copyOf(image)));
    }
    const name = `${IN_MEMORY}${randomUUID()}`;
    this.entries.set(name, { response: text, images: copies, byteLength });
    // Responses added in the meantime may have found nothing to drop.
    this.dropOldest();
    return name;
  }

  /**
   * Undefined if it no longer exists. The returned response stays valid after its entry is dropped.
   */
  get(name: string): (OpenedResponse & Pick<Entry, 'byteLength'>) | undefined {
    const entry = this.entries.get(name);
    if (entry === undefined) {
      return undefined;
    }
    const { images, byteLength } = entry;
    const response = JSON.parse(entry.response.toString()) as KeptResponse;
    return { response, images, byteLength };
  }

  private dropOldest(): void {
    for (const [name, { byteLength }] of this.entries) {
      if (this.heldBytes <= this.maxBytes) {
        return;
      }
      this.entries.delete(name);
      this.heldBytes -= byteLength;
    }
  }
}

/** A copy in a buffer of its own, which outlives the request. */
async function copyOf(image: JsonBlob): Promise<JsonBlob> {
  const bytes = Buffer.allocUnsafeSlow(image.byteLength);
  let copied = 0;
  let sinceTurn = 0;
  for (const chunk of image.chunks) {
    if (sinceTurn >= BYTES_PER_TURN) {
      await nextTurn();
      sinceTurn = 0;
    }
    copied += chunk.copy(bytes, copied);
    sinceTurn += chunk.length;
  }
  return new JsonBlob([bytes], true);
}
