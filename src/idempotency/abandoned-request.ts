import type { Response } from 'express';
import type { RequestContext } from '../context/request-context';
import type { RequestMemory } from '../memory/request-memory';
import type { OngoingImage } from './ongoing-image';

/** Sends what has been made as the response of the request that it was made for. */
export type RenderAgain = (made: readonly unknown[], response: Response) => Promise<void>;

/**
 * A request whose client has gone, and what is there or still coming of its images. Their bytes are where they were made:
 * in the slabs of the request, whose memory holds on until this is released and nobody reads from it.
 */
export class AbandonedRequest {
  private memory: RequestMemory | undefined;
  private readers = 0;
  private isGivenUp = false;
  private readonly stopWorking: () => void;

  /**
   * @param images those that are made, and those that a call was made for
   * @param fingerprint of its body; undefined where nobody can tell it
   * @param inherited what it has taken over itself, released with it
   * @param onOver called when nothing is coming any more
   */
  constructor(
    readonly context: RequestContext,
    readonly images: ReadonlyMap<number, OngoingImage>,
    readonly fingerprint: Promise<string | undefined>,
    readonly renderAgain: RenderAgain | undefined,
    private readonly inherited: AbandonedRequest | undefined,
    onOver: (request: AbandonedRequest) => void,
  ) {
    // Shutdown waits for what is paid for.
    this.stopWorking = context.outlive();
    let coming = images.size;
    for (const image of images.values()) {
      image.onOver(() => {
        coming -= 1;
        if (coming === 0) {
          this.keepBytes();
          onOver(this);
        }
      });
    }
  }

  get isAtWork(): boolean {
    return [...this.images.values()].some(({ isOver }) => !isOver);
  }

  /** What has been made, in the order it was asked for. */
  get made(): readonly unknown[] {
    return [...this.images].sort(([a], [b]) => a - b).flatMap(([, { value }]) => value ?? []);
  }

  /** Says that somebody reads its bytes, until the function that it gives is called. */
  read(): () => void {
    this.readers += 1;
    let isReading = true;
    return () => {
      if (isReading) {
        isReading = false;
        this.readers -= 1;
        this.releaseWhenUnread();
      }
    };
  }

  /** Cuts off what is still coming, and gives the memory back once nobody reads from it. */
  giveUp(): void {
    this.isGivenUp = true;
    this.stopWorking();
    this.inherited?.giveUp();
    this.releaseWhenUnread();
  }

  /** Lets the request end, but for the bytes of its images. */
  private keepBytes(): void {
    if (!this.isGivenUp) {
      const others = new Set(this.inherited?.images.values());
      const own = [...this.images.values()].filter((image) => !others.has(image));
      const slices = own.flatMap((image) => image.slices);
      const bytes = slices.reduce((sum, { length }) => sum + length, 0);
      this.memory = this.context.takeMemory();
      this.memory.keepOnly(slices, bytes);
      this.stopWorking();
    }
  }

  private releaseWhenUnread(): void {
    if (this.isGivenUp && this.readers === 0) {
      this.memory?.release();
      this.memory = undefined;
    }
  }
}
