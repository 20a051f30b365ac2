/** One image that a consumer's limits have made room for. It ends once; later calls do nothing. */
export interface ReservedImage {
  /** It is being worked on, so that whoever does will end it. */
  begin(): void;
  /** It was made, or paid for without its client: it goes on counting. */
  made(): void;
  /** It will not be made: it counts no more. */
  notMade(): void;
}

const UNLIMITED: ReservedImage = {
  begin: () => undefined,
  made: () => undefined,
  notMade: () => undefined,
};

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
