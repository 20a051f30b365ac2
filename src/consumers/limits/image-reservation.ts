/** One image that a consumer's limits have made room for. It ends once; later calls do nothing. */
export interface ReservedImage {
  /** It is being worked on, so that whoever does will end it. */
  begin(): void;
  /** It was made, or paid for without its client: it goes on counting. */
  made(): void;
  /** It will not be made: it counts no more. */
  notMade(): void;
  /**
   * What it cost in the end, made or not; told once, after it has ended. Undefined where only Google knows: then it
   * counts for what was reserved.
   */
  settle(microUsd: number | undefined): void;
}

const UNLIMITED: ReservedImage = {
  begin: () => undefined,
  made: () => undefined,
  notMade: () => undefined,
  settle: () => undefined,
};

/** What is told of a reserved image. */
export interface ReservedImageEnds {
  /** It is done, or will never be made. */
  readonly onEnd: (isMade: boolean) => void;
  /** Nothing will be told of it any more. */
  readonly onSettled: (isMade: boolean, microUsd: number | undefined) => void;
}

/** The images of a request, all of which its consumer may have made. */
export class ImageReservation {
  /** Of a consumer without limits. */
  static readonly unlimited = new ImageReservation([]);

  constructor(private readonly images: readonly ReservedImage[]) {}

  /** @param index its place among the request's images, from 0 */
  image(index: number): ReservedImage {
    return this.images[index] ?? UNLIMITED;
  }
}

/** A reserved image, and whether anybody works on it. */
export function reservedImage({ onEnd, onSettled }: ReservedImageEnds): {
  readonly image: ReservedImage;
  readonly hasBegun: () => boolean;
} {
  let state: 'reserved' | 'begun' | 'ended' | 'settled' = 'reserved';
  let isMade = false;
  const settle = (microUsd: number | undefined): void => {
    if (state !== 'settled') {
      state = 'settled';
      onSettled(isMade, microUsd);
    }
  };
  const end = (made: boolean): void => {
    if (state === 'ended' || state === 'settled') {
      return;
    }
    const wasBegun = state === 'begun';
    state = 'ended';
    isMade = made;
    onEnd(made);
    if (!wasBegun) {
      settle(0);
    }
  };
  return {
    hasBegun: () => state !== 'reserved',
    image: {
      begin: () => {
        state = state === 'reserved' ? 'begun' : state;
      },
      made: () => {
        end(true);
      },
      notMade: () => {
        end(false);
      },
      settle,
    },
  };
}
