/** One image reserved under a consumer's limits. It ends once; later calls do nothing. */
export interface ReservedImage {
  /** Work on it has begun, and will end it. */
  begin(): void;
  /** It was made, or paid for without its client: it keeps counting. */
  made(): void;
  /** It will not be made: it no longer counts. */
  notMade(): void;
  /**
   * Its final cost, made or not; called once, after it has ended. Undefined if only Google knows:
   * then the reserved amount counts.
   */
  settle(microUsd: number | undefined): void;
}

const UNLIMITED: ReservedImage = {
  begin: () => undefined,
  made: () => undefined,
  notMade: () => undefined,
  settle: () => undefined,
};

/** Callbacks of a reserved image. */
export interface ReservedImageEnds {
  /** It was made, or never will be. */
  readonly onEnd: (isMade: boolean) => void;
  /** No further call will follow for it. */
  readonly onSettled: (isMade: boolean, microUsd: number | undefined) => void;
}

/** The reserved images of a request. */
export class ImageReservation {
  /** For a consumer without limits. */
  static readonly unlimited = new ImageReservation([]);

  constructor(private readonly images: readonly ReservedImage[]) {}

  /** @param index its index among the request's images, from 0 */
  image(index: number): ReservedImage {
    return this.images[index] ?? UNLIMITED;
  }
}

/** A reserved image, and whether work on it has begun. */
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
