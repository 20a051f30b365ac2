import type { OnReadOpts, Socket } from 'node:net';
import { ResponseReader, type ConnectionControl, type ResponseListener } from './response-reader';
import { SLAB_BYTES } from '../memory/slab-pool';
import type { ReadBudget } from '../concurrency/read-budget';
import { WireError } from './wire.error';

/**
 * The buffer of all connections whose bytes have no destination yet. Bytes that are needed after
 * the read are copied at once, so one buffer is enough.
 */
const SCRATCH = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * The delay of TCP keep-alive, in milliseconds. NATs and load balancers drop idle connections, and
 * an image takes minutes.
 */
const PROBE_MS = 30_000;

/** Requests up to this size are joined: one write takes less than several. */
const JOINED_BYTES = 16 * 1024;

/** The size of the first read: in chunks of one byte, a whole slab takes 40 ms. */
const FIRST_READ_BYTES = 64 * 1024;

/**
 * A read that takes longer than this, in milliseconds, means that the body arrives in tiny chunks:
 * …
 */
const COSTLY_READ_MS = 4;

/** … the next read is then this small, in bytes, so that other work gets its turn in between. */
const SHORT_READ_BYTES = 32 * 1024;

/** How long an idle connection is kept, in milliseconds. */
const IDLE_MS = 120_000;

/**
 * One connection to an upstream, which serves one request after another. Its socket reads bodies
 * directly into slabs. Node's HTTP client would use two fresh buffers and another copy for every 64
 * KiB.
 */
export class UpstreamConnection implements ConnectionControl {
  /** Undefined until it is open. */
  private socket: Socket | undefined;
  /** The part of the slabs that the socket reads into; undefined while it reads into the scratch buffer. */
  private lent: Uint8Array | undefined;
  private readonly hungUp = new AbortController();
  /** The first request, until there is a socket to write it to. */
  private unsent: readonly Buffer[] | undefined;
  private reader: ResponseReader | undefined;
  private isSent = true;
  private isHeard = false;
  private nextReadBytes = FIRST_READ_BYTES;
  private requests = 0;
  private readonly goOn = (): void => {
    this.resume();
  };

  /**
   * @param open opens the socket, or rejects, at the latest when the signal is aborted
   * @param readBudget shared by all connections
   * @param onIdle called when it can take the next request
   * @param onClose called when it cannot take any more
   */
  constructor(
    open: (onread: OnReadOpts, hungUp: AbortSignal) => Promise<Socket>,
    private readonly readBudget: ReadBudget,
    private readonly onIdle: (connection: UpstreamConnection) => void,
    private readonly onClose: (connection: UpstreamConnection) => void,
  ) {
    const onread = {
      buffer: () => {
        this.lent = this.reader?.slabs?.space().subarray(0, this.nextReadBytes);
        return this.lent ?? SCRATCH;
      },
      callback: (length: number, buffer: Uint8Array) => this.onRead(length, buffer),
    };
    open(onread, this.hungUp.signal).then(
      (socket) => {
        this.onOpen(socket);
      },
      (error: unknown) => {
        this.onFault(error as Error);
      },
    );
  }

  /** Whether it has served a request before. If so, the server may have closed it just now. */
  get isReused(): boolean {
    return this.requests > 1;
  }

  /**
   * Whether anything of the latest response has arrived. If so, the server has read the request.
   */
  get hasResponded(): boolean {
    return this.isHeard;
  }

  /** Sends a request. The response to the previous one must be complete. */
  send(head: string, body: readonly Buffer[], listener: ResponseListener): void {
    const { socket } = this;
    this.reader = new ResponseReader(this, listener);
    this.requests += 1;
    this.isSent = false;
    this.isHeard = false;
    this.nextReadBytes = FIRST_READ_BYTES;
    const slices = [Buffer.from(head, 'latin1'), ...body];
    if (socket === undefined) {
      this.unsent = slices;
    } else {
      socket.ref().setTimeout(0);
      this.write(socket, slices);
    }
  }

  resume(): void {
    this.socket?.resume();
  }

  onComplete(isClean: boolean): void {
    this.reader = undefined;
    if (isClean && this.isSent) {
      // Reading may have been paused after a head that brought the whole body; a close must be
      // noticed.
      this.socket?.resume().unref().setTimeout(IDLE_MS);
      this.onIdle(this);
    } else {
      this.close();
    }
  }

  close(): void {
    this.reader = undefined;
    // At once, rather than on the socket's event: until then it would accept another request.
    this.onClose(this);
    this.hungUp.abort();
    this.socket?.destroy();
  }

  private onOpen(socket: Socket): void {
    if (this.hungUp.signal.aborted || socket.destroyed) {
      socket.destroy();
      this.onFault(socket.errored ?? undefined);
      return;
    }
    this.socket = socket;
    // Not as options, which TLS silently ignores.
    socket.setNoDelay(true).setKeepAlive(true, PROBE_MS);
    let fault: Error | undefined;
    socket.on('error', (error) => {
      fault = error;
    });
    socket.on('end', () => {
      if (this.reader === undefined) {
        this.close();
      } else {
        this.reader.onEndOfStream();
      }
    });
    socket.on('timeout', () => {
      this.close();
    });
    socket.on('close', () => {
      this.onFault(fault);
    });
    if (this.unsent !== undefined) {
      this.write(socket, this.unsent);
      this.unsent = undefined;
    }
    // Reading may have been paused after a response that arrived before its request was sent.
    socket.resume();
  }

  private onFault(fault: Error = new WireError('ECONNRESET', 'the connection was closed')): void {
    this.onClose(this);
    this.reader?.fail(fault);
  }

  private write(socket: Socket, slices: readonly Buffer[]): void {
    const onSent = (): void => {
      this.isSent = true;
    };
    if (slices.reduce((sum, { length }) => sum + length, 0) <= JOINED_BYTES) {
      socket.write(Buffer.concat(slices), onSent);
      return;
    }
    socket.cork();
    for (const slice of slices) {
      socket.write(slice);
    }
    // When the last write is complete, all are.
    socket.write('', onSent);
    socket.uncork();
  }

  /** @returns whether to continue reading */
  private onRead(length: number, buffer: Uint8Array): boolean {
    const { reader } = this;
    const bytes = Buffer.from(buffer.buffer, buffer.byteOffset, length);
    if (reader === undefined) {
      // No request is open: these bytes would be mistaken for the response to the next one.
      this.close();
      return false;
    }
    this.isHeard = true;
    const startedAt = performance.now();
    const { slabs } = reader;
    if (slabs === undefined || buffer !== this.lent) {
      reader.take(bytes);
    } else {
      slabs.take(length);
      reader.takeInPlace(bytes);
    }
    const isCostly = performance.now() - startedAt > COSTLY_READ_MS;
    this.nextReadBytes = isCostly ? SHORT_READ_BYTES : SLAB_BYTES;
    // Not the previous reader: it may be finished, and another one begun.
    return (
      this.reader === undefined ||
      (this.reader.isReading && this.readBudget.mayContinue(length, this.goOn))
    );
  }
}
