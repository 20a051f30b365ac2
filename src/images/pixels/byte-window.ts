/** The image's bytes from `start` up to `end`, fewer where the image ends earlier. */
export type ByteWindow = (start: number, end: number) => Buffer;
