import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import sharp from 'sharp';
import { Places } from '../../concurrency/semaphore';

/** Half of the cores: the others answer requests meanwhile. */
export function imagesAtATime(cores: number): number {
  return Math.max(1, Math.floor(cores / 2));
}

/**
 * The one bound on all work with pixels, whatever it is for: sharp works in libuv's threads, of which
 * file reads and DNS need some too, and each image takes its decoded size in memory.
 */
@Injectable()
export class PixelPlaces extends Places {
  constructor() {
    super(imagesAtATime(availableParallelism()));
    // libvips keeps what it has just decoded, in case it is asked again. Here it never is.
    sharp.cache(false);
  }
}
