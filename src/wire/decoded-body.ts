import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, type ZlibOptions } from 'node:zlib';
import { isInflated } from '../memory/inflation';
import type { Slabs } from '../memory/slabs';
import type { BodySink, IncomingBody } from './incoming-body';
import { WireError } from './wire.error';

type Decoder = Transform & { readonly bytesWritten: number };

const DECODERS: ReadonlyMap<string, (options: ZlibOptions) => Decoder> = new Map([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

const CHUNK_BYTES = 64 * 1024;

/**
 * A decompressed body. Easel never asks for compression, so this is for proxies that compress
 * regardless. The result is stored in the request's slabs. A body that inflates very far is not an
 * image.
 */
export class DecodedBody implements IncomingBody {
  private isDestroyed = false;
  private decoder: Decoder | undefined;

  /** @param maxBytes the maximum decompressed size */
  constructor(
    private readonly body: IncomingBody,
    private readonly encoding: string,
    private readonly maxBytes: number,
  ) {}

  read(slabs: Slabs, sink: BodySink): void {
    const decoder = DECODERS.get(this.encoding)?.({ chunkSize: CHUNK_BYTES });
    const fail = (error: Error): void => {
      if (!this.isDestroyed) {
        this.destroy();
        sink.onError(error);
      }
    };
    const refuse = (message: string): void => {
      fail(new WireError('EPROTO', message));
    };
    if (decoder === undefined) {
      refuse('a content encoding that was not asked for');
      return;
    }
    this.decoder = decoder;
    this.takeDecoded(decoder, slabs, sink, refuse);
    let length = 0;
    this.body.read(slabs, {
      onBody: (bytes) => {
        length += bytes.length;
        if (length > this.maxBytes) {
          refuse('a compressed body that is too long');
        } else if (!this.isDestroyed) {
          decoder.write(bytes);
        }
      },
      onEnd: () => {
        decoder.end();
      },
      onError: fail,
    });
  }

  destroy(): void {
    this.isDestroyed = true;
    this.decoder?.destroy();
    this.body.destroy();
  }

  private takeDecoded(
    decoder: Decoder,
    slabs: Slabs,
    sink: BodySink,
    refuse: (message: string) => void,
  ): void {
    let length = 0;
    decoder.on('data', (bytes: Buffer) => {
      length += bytes.length;
      if (length > this.maxBytes || isInflated(decoder.bytesWritten, length)) {
        refuse('a compressed body that inflates too far');
        return;
      }
      slabs.copy(bytes, (copy) => {
        // The reader may have hung up in the meantime.
        if (!this.isDestroyed) {
          sink.onBody(copy);
        }
      });
    });
    decoder.on('end', () => {
      if (!this.isDestroyed) {
        sink.onEnd();
      }
    });
    decoder.on('error', () => {
      refuse('a body that cannot be decompressed');
    });
  }
}
