import type { Slabs } from '../memory/slabs';

/** Takes a body as it comes. */
export interface BodySink {
  /** The bytes stay as they are until their slabs are released. */
  onBody(bytes: Buffer): void;
  /** It has come whole. */
  onEnd(): void;
  /** It breaks off; nothing more will come. */
  onError(error: Error): void;
}

/** The body of a response. Nothing of it is read from the socket before `read`. */
export interface IncomingBody {
  /** Reads it into the slabs, straight from the socket; the sink hears of it from then on. */
  read(slabs: Slabs, sink: BodySink): void;
  /** Gives up the rest; a connection with something left on it is closed. */
  destroy(): void;
}
