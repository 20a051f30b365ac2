import type { BodyLength } from './response-head';
import { WireError } from './wire.error';

/** Separates the body of a response from its framing on the connection. */
export interface BodyFraming {
  /** Whether the body is complete. */
  readonly isComplete: boolean;
  /**
   * Passes on the bytes of the body, as slices.
   *
   * @returns how many bytes it has consumed: all, unless the body ends earlier
   * @throws WireError `EPROTO` for invalid framing
   */
  take(bytes: Buffer, onBody: (slice: Buffer) => void): number;
}

export function framingOf(length: BodyLength): BodyFraming {
  switch (length.kind) {
    case 'bytes':
      return new CountedBody(length.bytes);
    case 'chunked':
      return new ChunkedBody();
    case 'until_close':
      return new CountedBody(Number.POSITIVE_INFINITY);
  }
}

class CountedBody implements BodyFraming {
  constructor(private left: number) {}

  get isComplete(): boolean {
    return this.left === 0;
  }

  take(bytes: Buffer, onBody: (slice: Buffer) => void): number {
    const taken = Math.min(bytes.length, this.left);
    this.left -= taken;
    if (taken > 0) {
      onBody(taken === bytes.length ? bytes : bytes.subarray(0, taken));
    }
    return taken;
  }
}

/**
 * The maximum length of a chunk's size line, extensions included, and of each trailer line, in
 * bytes.
 */
const MAX_LINE_BYTES = 4096;
/** The trailer is not used, so an endless one would go unnoticed. */
const MAX_TRAILER_LINES = 128;
const LF = 0x0a;
const CHUNK_SIZE = /^([\da-f]{1,13})[ \t]*(?:;.*)?$/i;

/**
 * A chunked body, each chunk preceded by its size, because the sender did not know the total (RFC
 * 9112, 7.1).
 */
class ChunkedBody implements BodyFraming {
  private state: 'size' | 'data' | 'data_end' | 'trailer' | 'complete' = 'size';
  private line = '';
  private left = 0;
  private trailerLines = 0;

  get isComplete(): boolean {
    return this.state === 'complete';
  }

  take(bytes: Buffer, onBody: (slice: Buffer) => void): number {
    let at = 0;
    while (at < bytes.length && this.state !== 'complete') {
      if (this.state === 'data') {
        const end = Math.min(at + this.left, bytes.length);
        onBody(bytes.subarray(at, end));
        this.left -= end - at;
        at = end;
        this.state = this.left === 0 ? 'data_end' : 'data';
      } else {
        at = this.takeLine(bytes, at);
      }
    }
    return at;
  }

  private takeLine(bytes: Buffer, at: number): number {
    const lf = bytes.indexOf(LF, at);
    const end = lf === -1 ? bytes.length : lf;
    if (this.line.length + end - at > MAX_LINE_BYTES) {
      throw new WireError('EPROTO', 'a chunk whose size does not end');
    }
    this.line += bytes.toString('latin1', at, end);
    if (lf === -1) {
      return end;
    }
    if (!this.line.endsWith('\r')) {
      throw new WireError('EPROTO', 'a malformed chunk');
    }
    const line = this.line.slice(0, -1);
    this.line = '';
    this.endLine(line);
    return lf + 1;
  }

  private endLine(line: string): void {
    switch (this.state) {
      case 'size': {
        const [, size] = CHUNK_SIZE.exec(line) ?? [];
        if (size === undefined) {
          throw new WireError('EPROTO', 'a chunk without a size');
        }
        this.left = Number.parseInt(size, 16);
        this.state = this.left === 0 ? 'trailer' : 'data';
        return;
      }
      case 'data_end':
        if (line !== '') {
          throw new WireError('EPROTO', 'a chunk that is longer than its size');
        }
        this.state = 'size';
        return;
      case 'trailer':
        this.trailerLines += 1;
        if (this.trailerLines > MAX_TRAILER_LINES) {
          throw new WireError('EPROTO', 'a trailer that does not end');
        }
        this.state = line === '' ? 'complete' : 'trailer';
        return;
      case 'data':
      case 'complete':
    }
  }
}
