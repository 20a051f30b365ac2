import type { Response } from 'express';
import type { RequestContext } from '../context/request-context';
import type { RequestMemory } from '../memory/request-memory';
import type { OngoingImage } from './ongoing-image';

/** Sends the generated images as the response that the request would have had. */
export type RenderAgain = (made: readonly unknown[], response: Response) => Promise<void>;

/** The state of a request when its client disconnects. */
interface AbandonedRequestParts {
  readonly context: Pick<RequestContext, 'id' | 'outlive' | 'takeMemory'>;
  /** The finished images, and those with a call in flight. */
  readonly images: ReadonlyMap<number, OngoingImage>;
  /** The fingerprint of the request; undefined if it has none. */
  readonly fingerprint: Promise<string | undefined>;
  readonly renderAgain: RenderAgain | undefined;
  /** The request whose images it has adopted itself; read and given up with it. */
  readonly inherited: AbandonedRequest | undefined;
  /** Called when no further image will arrive. */
  readonly onOver: (request: AbandonedRequest) => void;
}

/**
 * A request whose client has disconnected, and its finished and pending images. Their bytes stay
 * where they were made: in the slabs of the request, whose memory is kept until this is given up
 * and nothing reads from it.
 */
export class AbandonedRequest {
  private readonly stopWorking: () => void;
  /** The images that are not given up, by index. */
  private readonly keptImages: Map<number, OngoingImage>;
  private memory: RequestMemory | undefined;
  private readers = 0;
  private isGivenUp = false;

  constructor(private readonly parts: AbandonedRequestParts) {
    const { context, images } = parts;
    this.keptImages = new Map(images);
    // Shutdown waits for images that are being paid for.
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

  /** The finished images, in the requested order. */
  get made(): readonly unknown[] {
    return [...this.images].sort(([a], [b]) => a - b).flatMap(([, { value }]) => value ?? []);
  }

  /** The images that can be adopted: failed ones cannot. */
  get adoptable(): ReadonlyMap<number, OngoingImage> {
    return new Map(
      [...this.images].filter(([, { isOver, value }]) => !isOver || value !== undefined),
    );
  }

  /**
   * Marks its bytes, including inherited ones, as being read until the returned function is called.
   */
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

  /** Gives one image up: a pending one rather than a finished one, and of those the last. */
  giveUpOne(): void {
    const images = [...this.keptImages].reverse();
    const [index, image] = images.find(([, { isOver }]) => !isOver) ?? images[0] ?? [];
    if (index !== undefined && image !== undefined) {
      this.keptImages.delete(index);
      image.cutOff();
      this.keepBytesOfKept();
    }
  }

  /** Aborts pending calls, and releases the memory once nothing reads from it. */
  giveUp(): void {
    this.isGivenUp = true;
    this.stopWorking();
    this.parts.inherited?.giveUp();
    this.releaseWhenUnread();
  }

  /** Lets the request end, except for the bytes of its images. */
  private keepBytes(): void {
    if (!this.isGivenUp) {
      this.memory = this.parts.context.takeMemory();
      this.keepBytesOfKept();
      this.stopWorking();
    }
  }

  /** Releases the bytes of images that were given up, once nothing reads from them. */
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
