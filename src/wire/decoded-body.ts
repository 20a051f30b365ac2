import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import type { Slabs } from '../memory/slabs';
import type { BodySink, IncomingBody } from './incoming-body';
import { WireError } from './wire.error';

type Decompress = (bytes: Buffer, limits: { readonly maxOutputLength: number }) => Promise<Buffer>;

const DECODERS: ReadonlyMap<string, Decompress> = new Map([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
]);

/**
 * A body as it was before it was compressed. Nobody is asked to compress, so this is for what proxies do
 * unasked: it waits for the whole, and takes the memory for it, rather than losing an image that is paid for.
 */
export class DecodedBody implements IncomingBody {
  private isDestroyed = false;

  /** @param maxBytes what it may come to, at most */
  constructor(
    private readonly body: IncomingBody,
    private readonly encoding: string,
    private readonly maxBytes: number,
  ) {}

  read(slabs: Slabs, sink: BodySink): void {
    const decompress = DECODERS.get(this.encoding);
    const pieces: Buffer[] = [];
    let length = 0;
    const refuse = (message: string): void => {
      if (!this.isDestroyed) {
        this.destroy();
        sink.onError(new WireError('EPROTO', message));
      }
    };
    if (decompress === undefined) {
      refuse('a content encoding that was not asked for');
      return;
    }
    this.body.read(slabs, {
      onBody: (bytes) => {
        pieces.push(bytes);
        length += bytes.length;
        if (length > this.maxBytes) {
          refuse('a compressed body that is too long');
        }
      },
      onEnd: () => {
        decompress(Buffer.concat(pieces), { maxOutputLength: this.maxBytes }).then(
          (bytes) => {
            this.tell(bytes, sink);
          },
          () => {
            refuse('a body that cannot be decompressed');
          },
        );
      },
      onError: (error) => {
        sink.onError(error);
      },
    });
  }

  destroy(): void {
    this.isDestroyed = true;
    this.body.destroy();
  }

  private tell(bytes: Buffer, sink: BodySink): void {
    if (!this.isDestroyed) {
      sink.onBody(bytes);
    }
    // Whoever has heard enough says so in between.
    if (!this.isDestroyed) {
      sink.onEnd();
    }
  }
}
