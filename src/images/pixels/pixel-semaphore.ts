import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import sharp from 'sharp';
import { Semaphore } from '../../concurrency/semaphore';
import type { RequestMemory } from '../../memory/request-memory';

/** The context of work on pixels. */
export interface PixelScope {
  /** Ends the work; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** The memory that the work counts in while it lasts. */
  readonly memory?: Pick<RequestMemory, 'hold'> | undefined;
}

/** Half of the cores: the others serve requests meanwhile. */
export function imagesAtATime(cores: number): number {
  return Math.max(1, Math.floor(cores / 2));
}

/**
 * The only limit on all work with pixels: sharp runs in libuv's threads, of which file reads and
 * DNS need some too, and each image takes its decoded size in memory.
 */
@Injectable()
export class PixelSemaphore {
  private readonly semaphore = new Semaphore(imagesAtATime(availableParallelism()));

  constructor() {
    // libvips caches what it has just decoded. Here it is never asked for again.
    sharp.cache(false);
  }

  /**
   * @param bytes what the work takes besides the images that it is given: files and decoded pixels
   * @throws the signal's reason if it is aborted before the work begins
   */
  run<T>(bytes: number, { signal, memory }: PixelScope, work: () => Promise<T>): Promise<T> {
    return this.semaphore.run(async () => {
      const held = memory?.hold(bytes);
      try {
        return await work();
      } finally {
        held?.release();
      }
    }, signal);
  }
}
