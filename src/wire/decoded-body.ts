import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import type { Slabs } from '../memory/slabs';
import type { BodySink, IncomingBody } from './incoming-body';
import { WireError } from './wire.error';

type Decompress = (bytes: Buffer, limits: { readonly maxOutputLength: number }) => Promise<Buffer>;

const DECODERS: ReadonlyMap<string, Decompress> = new Map([
  ['gzip', promisify(gunzip) as Decompress],
  ['x-gzip', promisify(gunzip) as Decompress],
  ['deflate', promisify(inflate) as Decompress],
  ['br', promisify(brotliDecompress) as Decompress],
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
    const pieces: Buffer[] = [];
    this.body.read(slabs, {
      onBody: (bytes) => {
        pieces.push(bytes);
      },
      onEnd: () => {
        void this.decoded(Buffer.concat(pieces)).then(
          (bytes) => {
            if (!this.isDestroyed) {
              sink.onBody(bytes);
              sink.onEnd();
            }
          },
          () => {
            if (!this.isDestroyed) {
              sink.onError(new WireError('EPROTO', 'a body that cannot be decompressed'));
            }
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

  private async decoded(bytes: Buffer): Promise<Buffer> {
    const decompress = DECODERS.get(this.encoding);
    if (decompress === undefined) {
      throw new WireError('EPROTO', 'a content encoding that was not asked for');
    }
    return decompress(bytes, { maxOutputLength: this.maxBytes });
  }
}
