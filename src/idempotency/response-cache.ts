import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { JsonBlob } from '../json/json-blob';
import type { KeptResponse } from './kept-response';
import type { OpenedResponse } from './opened-response';

const IN_MEMORY = 'memory:';

/** What an entry takes besides its bytes. Without it, a million responses of nothing but words would fit in. */
const ENTRY_BYTES = 2048;
/** About a millisecond of copying between two yields of the event loop. */
const BYTES_PER_TURN = 2 * 1024 * 1024;

interface Entry {
  /** As JSON, so that it takes what it is counted for. */
  readonly response: Buffer;
  readonly images: readonly (JsonBlob | undefined)[];
  readonly byteLength: number;
}

/** Responses in memory, up to so many bytes, of which the oldest go first. */
export class ResponseCache {
  /** Oldest first. */
  private readonly entries = new Map<string, Entry>();
  private heldBytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** Whether a name is one of a cache's, of this process or another. */
  static isName(name: string): boolean {
    return name.startsWith(IN_MEMORY);
  }

  /** How many bytes it holds, or is about to. */
  get bytes(): number {
    return this.heldBytes;
  }

  /**
   * Keeps a copy.
   *
   * @param images must stay where they are until this settles
   * @returns by what name it is found again; undefined where there is no room for it
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
    // What others have added meanwhile may have found nothing to drop.
    this.dropOldest();
    return name;
  }

  /** Undefined where it is gone. What it gives outlasts its place in the cache. */
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

/** The same in a buffer of its own, which lasts longer than the request. */
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
