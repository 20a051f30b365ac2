import { constants } from 'node:fs';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { Semaphore } from '../concurrency/semaphore';
import type { ImageFile } from './image-store';

/**
 * Undefined where the system has none. Without it, the kernel copies an image into memory of its own before it writes
 * it. On a busy machine that took more CPU than all the rest of a 16 MB image.
 */
const { O_DIRECT } = constants as { readonly O_DIRECT?: number };

/** Below this, what the kernel does for a direct write costs as much as the copy. */
const DIRECT_FROM_BYTES = 1024 * 1024;

/** Addresses, places and lengths of direct writes are multiples of it: no disk has larger blocks. */
const BLOCK_BYTES = 4096;

/** Whole blocks, divisible by 3 for the decoding of base64, which holds the event loop for half a millisecond. */
const PIECE_BYTES = 384 * BLOCK_BYTES;

/** As many as libuv has threads: further ones would only wait for those, with memory of their own. */
const DIRECT_AT_ONCE = 4;

/** TypeScript knows the second argument from ES2024 on, Node from 20 on. */
const ResizableArrayBuffer = ArrayBuffer as new (
  byteLength: number,
  options: { readonly maxByteLength: number },
) => ArrayBuffer;

/** Writes files that are on the disk when it says so. */
export class FileWriter {
  private readonly directTurns = new Semaphore(DIRECT_AT_ONCE);
  /** What images are decoded into, while none is. */
  private readonly free: Buffer[] = [];
  /** Some file systems refuse it. */
  private isDirectPossible = O_DIRECT !== undefined;

  /** @param path must not be there yet. After a failure it may be */
  async write(path: string, image: ImageFile, signal: AbortSignal): Promise<void> {
    if (image.byteLength >= DIRECT_FROM_BYTES && this.isDirectPossible) {
      const isWritten = await this.directTurns.run(
        () => this.isWrittenDirectly(path, image, signal),
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

  /** Resolves to false, and leaves no file, where that is not possible here. */
  private async isWrittenDirectly(
    path: string,
    image: ImageFile,
    signal: AbortSignal,
  ): Promise<boolean> {
    const memory = this.free.pop() ?? wholePages(PIECE_BYTES);
    try {
      await inNewFile(path, O_DIRECT ?? 0, signal, async (handle) => {
        let length = 0;
        for (const block of blocksOf(image.bytes(memory), memory)) {
          signal.throwIfAborted();
          await writeAll(handle, block);
          length += block.length;
        }
        if (length !== image.byteLength) {
          // What fills the last block is no part of the image.
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
      this.free.push(memory);
    }
  }
}

/** Memory that begins with a page, as V8 makes it for what may change its size. Other buffers begin anywhere. */
function wholePages(byteLength: number): Buffer {
  return Buffer.from(new ResizableArrayBuffer(byteLength, { maxByteLength: byteLength }));
}

/**
 * Pieces as whole blocks at the start of the memory, each but the last filling it. An image's are there already, others
 * are copied.
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
    // Bytes of another image may be there.
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

/** A disk that is nearly full takes some of it. */
async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at);
    at += bytesWritten;
  }
}
