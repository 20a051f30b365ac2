import type { Response } from 'express';
import type { RequestContext } from '../context/request-context';
import type { RequestMemory } from '../memory/request-memory';
import type { OngoingImage } from './ongoing-image';

/** Sends what has been made as the response of the request that it was made for. */
export type RenderAgain = (made: readonly unknown[], response: Response) => Promise<void>;

/** What there is to know of a request when its client goes. */
interface AbandonedRequestParts {
  readonly context: Pick<RequestContext, 'id' | 'outlive' | 'takeMemory'>;
  /** Those that are made, and those that a call was made for. */
  readonly images: ReadonlyMap<number, OngoingImage>;
  /** What tells it from others; undefined where nobody can. */
  readonly fingerprint: Promise<string | undefined>;
  readonly renderAgain: RenderAgain | undefined;
  /** What it has taken over itself, read and given up with it. */
  readonly inherited: AbandonedRequest | undefined;
  /** Called when nothing is coming any more. */
  readonly onOver: (request: AbandonedRequest) => void;
}

/**
 * A request whose client has gone, and what is there or still coming of its images. Their bytes are where they were made:
 * in the slabs of the request, whose memory holds on until this is given up and nobody reads from it.
 */
export class AbandonedRequest {
  private readonly stopWorking: () => void;
  /** Those that are not given up, by their place. */
  private readonly keptImages: Map<number, OngoingImage>;
  private memory: RequestMemory | undefined;
  private readers = 0;
  private isGivenUp = false;

  constructor(private readonly parts: AbandonedRequestParts) {
    const { context, images } = parts;
    this.keptImages = new Map(images);
    // Shutdown waits for what is paid for.
    this.stopWorking = context.outlive();
    let coming = images.size;
    for (const image of images.values()) {
      image.onOver(() => {
        coming -= 1;
        if (coming === 0) {
          this.keepBytes();
          parts.onOver(this);
        }
      });
    }
  }

  get requestId(): string {
    return this.parts.context.id;
  }

  get fingerprint(): Promise<string | undefined> {
    return this.parts.fingerprint;
  }

  get renderAgain(): RenderAgain | undefined {
    return this.parts.renderAgain;
  }

  get images(): ReadonlyMap<number, OngoingImage> {
    return this.keptImages;
  }

  get isAtWork(): boolean {
    return [...this.images.values()].some(({ isOver }) => !isOver);
  }

  /** What has been made, in the order it was asked for. */
  get made(): readonly unknown[] {
    return [...this.images].sort(([a], [b]) => a - b).flatMap(([, { value }]) => value ?? []);
  }

  /** What somebody may take over: what has failed is not there. */
  get adoptable(): ReadonlyMap<number, OngoingImage> {
    return new Map(
      [...this.images].filter(([, { isOver, value }]) => !isOver || value !== undefined),
    );
  }

  /** Says that somebody reads its bytes, inherited ones too, until the function that it gives is called. */
  read(): () => void {
    const stopReadingInherited = this.parts.inherited?.read();
    this.readers += 1;
    let isReading = true;
    return () => {
      if (isReading) {
        isReading = false;
        this.readers -= 1;
        stopReadingInherited?.();
        this.keepBytesOfKept();
        this.releaseWhenUnread();
      }
    };
  }

  /** Gives one image up: one that is still coming rather than one that is there, and the last of them. */
  giveUpOne(): void {
    const images = [...this.keptImages].reverse();
    const [index, image] = images.find(([, { isOver }]) => !isOver) ?? images[0] ?? [];
    if (index !== undefined && image !== undefined) {
      this.keptImages.delete(index);
      image.cutOff();
      this.keepBytesOfKept();
    }
  }

  /** Cuts off what is still coming, and gives the memory back once nobody reads from it. */
  giveUp(): void {
    this.isGivenUp = true;
    this.stopWorking();
    this.parts.inherited?.giveUp();
    this.releaseWhenUnread();
  }

  /** Lets the request end, but for the bytes of its images. */
  private keepBytes(): void {
    if (!this.isGivenUp) {
      this.memory = this.parts.context.takeMemory();
      this.keepBytesOfKept();
      this.stopWorking();
    }
  }

  /** Gives back the bytes of what was given up, once nobody reads from it. */
  private keepBytesOfKept(): void {
    if (this.readers === 0) {
      const others = new Set(this.parts.inherited?.parts.images.values());
      const own = [...this.images.values()].filter((image) => !others.has(image));
      const slices = own.flatMap((image) => image.slices);
      const bytes = slices.reduce((sum, { length }) => sum + length, 0);
      this.memory?.keepOnly(slices, bytes);
    }
  }

  private releaseWhenUnread(): void {
    if (this.isGivenUp && this.readers === 0) {
      this.memory?.release();
      this.memory = undefined;
    }
  }
}
