/** The image's bytes from `start` to `end`, fewer if the image ends earlier. */
export type ByteWindow = (start: number, end: number) => Buffer;
