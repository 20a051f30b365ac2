import { constants } from 'node:fs';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { Semaphore } from '../concurrency/semaphore';
import type { ImageFile } from './image-store';

/**
 * Undefined where the system has none. Without it, the kernel copies an image into its page cache
 * before it writes it. On a busy machine the copy took more CPU than the rest of a 16 MB image.
 */
const { O_DIRECT } = constants as { readonly O_DIRECT?: number };

/** Below this size, the overhead of a direct write costs as much as the copy. */
const DIRECT_FROM_BYTES = 1024 * 1024;

/** Addresses, offsets and lengths of direct writes are multiples of it: no disk has larger blocks. */
const BLOCK_BYTES = 4096;

/** Whole blocks, divisible by 3 for base64. Decoding a piece blocks the event loop for half a millisecond. */
const PIECE_BYTES = 384 * BLOCK_BYTES;

/** As many as libuv has threads: more would only wait for those, with memory of their own. */
const MAX_DIRECT_WRITES = 4;

/** TypeScript types the second argument from ES2024 on; Node has it from 20 on. */
const ResizableArrayBuffer = ArrayBuffer as new (
  byteLength: number,
  options: { readonly maxByteLength: number },
) => ArrayBuffer;

/** Writes files that are on disk when `write` resolves. */
export class FileWriter {
  private readonly directWrites = new Semaphore(MAX_DIRECT_WRITES);
  /** Buffers that images are decoded into, while no write uses them. */
  private readonly freeBuffers: Buffer[] = [];
  /** Some filesystems refuse it. */
  private isDirectPossible = O_DIRECT !== undefined;

  /** @param path must not exist yet. After a failure it may exist */
  async write(path: string, image: ImageFile, signal: AbortSignal): Promise<void> {
    if (image.byteLength >= DIRECT_FROM_BYTES && this.isDirectPossible) {
      const isWritten = await this.directWrites.run(
        () => this.tryDirectly(path, image, signal),
        signal,
      );
      if (isWritten) {
        return;
      }
      this.isDirectPossible = false;
    }
    await inNewFile(path, 0, signal, async (handle) => {
      for (const piece of image.bytes()) {
        signal.throwIfAborted();
        await writeAll(handle, piece);
      }
    });
  }

  /** Resolves to false, and leaves no file, if the filesystem refuses direct writes. */
  private async tryDirectly(path: string, image: ImageFile, signal: AbortSignal): Promise<boolean> {
    const memory = this.freeBuffers.pop() ?? wholePages(PIECE_BYTES);
    try {
      await inNewFile(path, O_DIRECT ?? 0, signal, async (handle) => {
        let length = 0;
        for (const block of blocksOf(image.bytes(memory), memory)) {
          signal.throwIfAborted();
          await writeAll(handle, block);
          length += block.length;
        }
        if (length !== image.byteLength) {
          // The padding of the last block is not part of the image.
          await handle.truncate(image.byteLength);
        }
      });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EINVAL') {
        throw error;
      }
      await unlink(path).catch(() => undefined);
      return false;
    } finally {
      this.freeBuffers.push(memory);
    }
  }
}

/** Memory that starts at a page, which is how V8 allocates resizable buffers. Other buffers start anywhere. */
function wholePages(byteLength: number): Buffer {
  return Buffer.from(new ResizableArrayBuffer(byteLength, { maxByteLength: byteLength }));
}

/**
 * Yields pieces as whole blocks at the start of the memory; each but the last fills it. Pieces that
 * were decoded there stay in place, others are copied.
 */
function* blocksOf(pieces: Iterable<Buffer>, memory: Buffer): Generator<Buffer, void, void> {
  let filled = 0;
  for (const piece of pieces) {
    const isInPlace = piece.buffer === memory.buffer;
    for (let at = 0; at < piece.length;) {
      const copied = isInPlace ? piece.length : piece.copy(memory, filled, at);
      at += copied;
      filled += copied;
      if (filled === memory.length) {
        yield memory;
        filled = 0;
      }
    }
  }
  if (filled > 0) {
    const end = Math.ceil(filled / BLOCK_BYTES) * BLOCK_BYTES;
    // The memory may hold bytes of another image.
    yield memory.fill(0, filled, end).subarray(0, end);
  }
}

async function inNewFile(
  path: string,
  flag: number,
  signal: AbortSignal,
  write: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const { O_CREAT, O_EXCL, O_WRONLY } = constants;
  const handle = await open(path, O_CREAT | O_EXCL | O_WRONLY | flag, 0o600);
  try {
    await write(handle);
    // Without it, a crash of the machine could leave the name without the bytes.
    await handle.datasync();
    signal.throwIfAborted();
  } finally {
    await handle.close();
  }
}

/** A disk that is nearly full writes only some of the bytes. */
async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at);
    at += bytesWritten;
  }
}
