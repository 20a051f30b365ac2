import type { Slabs } from '../memory/slabs';

/** Receives a body as it arrives. */
export interface BodySink {
  /** The bytes stay valid until their slabs are released. */
  onBody(bytes: Buffer): void;
  /** The body is complete. */
  onEnd(): void;
  /** The body broke off; nothing more will arrive. */
  onError(error: Error): void;
}

/** The body of a response. Nothing is read from the socket before `read`. */
export interface IncomingBody {
  /** Reads it directly from the socket into the slabs, passing it to the sink from then on. */
  read(slabs: Slabs, sink: BodySink): void;
  /** Discards the rest; a connection with unread bytes is closed. */
  destroy(): void;
}
