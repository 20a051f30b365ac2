import type { Slabs } from '../memory/slabs';
import { framingOf, type BodyFraming } from './body-framing';
import type { BodySink, IncomingBody } from './incoming-body';
import { parseResponseHead, type ResponseHead } from './response-head';
import { WireError } from './wire.error';

const END_OF_HEAD = '\r\n\r\n';
/** The maximum size of a head, in bytes. */
const MAX_HEAD_BYTES = 64 * 1024;
/**
 * The maximum number of informational (1xx) responses before the final one. A server that sends
 * more would never send it.
 */
const MAX_INFORMATIONAL_HEADS = 16;
const [CR, LF] = [13, 10];
const NOTHING = Buffer.alloc(0);

export interface WireResponse {
  readonly head: ResponseHead;
  readonly body: IncomingBody;
}

/** The outcome of a request: a response, or an error before there is one. */
export interface ResponseListener {
  onResponse(response: WireResponse): void;
  onError(error: Error): void;
}

/** What the reader of a response needs of its connection. */
export interface ConnectionControl {
  /** Resumes reading, which stopped after the head. */
  resume(): void;
  /**
   * The response is complete. `isClean`: nothing follows it, and the server keeps the connection.
   */
  onComplete(isClean: boolean): void;
  close(): void;
}

/** The response to one request as its bytes arrive: a head, and a body that is read on demand. */
export class ResponseReader implements IncomingBody {
  private received: { readonly head: ResponseHead; readonly framing: BodyFraming } | undefined;
  private destination: { readonly slabs: Slabs; readonly sink: BodySink } | undefined;
  /**
   * The head so far, or the part of the body that arrived before it was read. TLS delivers
   * everything that it has decrypted, and the end of the stream, even if reading is paused.
   */
  private early: Buffer = NOTHING;
  /** The end of the connection, if it came before there was a reader. */
  private ending: (() => void) | undefined;
  private informationalHeads = 0;
  private isOver = false;

  constructor(
    private readonly control: ConnectionControl,
    private readonly listener: ResponseListener,
  ) {}

  /** The receiver of the body; undefined until it is read. */
  get slabs(): Slabs | undefined {
    return this.destination?.slabs;
  }

  /** Whether to read from the connection: not between head and body. */
  get isReading(): boolean {
    return !this.isOver && !this.isUnread;
  }

  /** Whether there is a response whose body is not being read yet. */
  private get isUnread(): boolean {
    return this.received !== undefined && this.destination === undefined;
  }

  /** Bytes that were read into the slabs. */
  takeInPlace(bytes: Buffer): void {
    this.attempt(() => {
      this.takeBody(bytes, this.tell);
    });
  }

  /** Bytes that were read into a buffer that the next read overwrites. */
  take(bytes: Buffer): void {
    this.attempt(() => {
      if (this.received === undefined) {
        this.takeHead(this.early.length === 0 ? bytes : Buffer.concat([this.early, bytes]));
      } else if (this.destination === undefined) {
        this.early = Buffer.concat([this.early, bytes]);
      } else {
        this.takeBody(bytes, this.copy);
      }
    });
  }

  read(slabs: Slabs, sink: BodySink): void {
    this.destination = { slabs, sink };
    const { early } = this;
    this.early = NOTHING;
    // Even without bytes, because a body may be empty.
    this.take(early);
    this.ending?.();
    if (this.isReading) {
      this.control.resume();
    }
  }

  destroy(): void {
    if (!this.isOver) {
      this.isOver = true;
      this.control.close();
    }
  }

  /** The server has closed its side. That completes some bodies and breaks off all others. */
  onEndOfStream(): void {
    if (this.isUnread) {
      this.ending ??= () => {
        this.onEndOfStream();
      };
    } else if (this.received?.head.length.kind === 'until_close') {
      this.complete(false);
    } else {
      this.fail(new WireError('ECONNRESET', 'the connection was closed'));
    }
  }

  fail(error: Error): void {
    if (this.isOver) {
      return;
    }
    if (this.isUnread) {
      this.ending ??= () => {
        this.fail(error);
      };
      return;
    }
    this.destroy();
    (this.destination?.sink ?? this.listener).onError(error);
  }

  private takeHead(bytes: Buffer): void {
    const end = bytes.indexOf(END_OF_HEAD, 0, 'latin1');
    if (end === -1) {
      if (bytes.length > MAX_HEAD_BYTES) {
        throw new WireError('EPROTO', 'a head that does not end');
      }
      if (hasBareLf(bytes, this.early.length)) {
        // A server that ends lines with LF alone sends no other end of a head.
        throw new WireError('EPROTO', 'a head with a bare LF');
      }
      this.early = Buffer.from(bytes);
      return;
    }
    const head = parseResponseHead(bytes.toString('latin1', 0, end));
    const rest = bytes.subarray(end + END_OF_HEAD.length);
    if (head.status < 200) {
      if (head.status === 101) {
        throw new WireError('EPROTO', 'a change of protocol that was not asked for');
      }
      this.informationalHeads += 1;
      if (this.informationalHeads > MAX_INFORMATIONAL_HEADS) {
        throw new WireError('EPROTO', 'too many informational responses');
      }
      this.early = NOTHING;
      this.takeHead(rest);
      return;
    }
    this.early = Buffer.from(rest);
    this.received = { head, framing: framingOf(head.length) };
    this.listener.onResponse({ head, body: this });
  }

  private takeBody(bytes: Buffer, onBody: (slice: Buffer) => void): void {
    if (this.isOver || this.received === undefined) {
      return;
    }
    const { head, framing } = this.received;
    const taken = framing.take(bytes, onBody);
    if (framing.isComplete) {
      this.complete(head.keepsAlive && taken === bytes.length && this.ending === undefined);
    }
  }

  private readonly copy = (slice: Buffer): void => {
    if (!this.isOver) {
      this.destination?.slabs.copy(slice, this.tell);
    }
  };

  private readonly tell = (slice: Buffer): void => {
    if (!this.isOver) {
      this.destination?.sink.onBody(slice);
    }
  };

  private complete(isClean: boolean): void {
    if (!this.isOver) {
      this.isOver = true;
      this.control.onComplete(isClean);
      this.destination?.sink.onEnd();
    }
  }

  /** Runs a step. If the bytes are not HTTP, it breaks the connection. */
  private attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof WireError)) {
        throw error;
      }
      this.fail(error);
    }
  }
}

function hasBareLf(bytes: Buffer, from: number): boolean {
  for (let at = bytes.indexOf(LF, from); at !== -1; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at - 1] !== CR) {
      return true;
    }
  }
  return false;
}
