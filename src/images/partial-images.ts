import type { Account } from '../accounts/account';
import type { JsonBlob } from '../json/json-blob';
import { sourcedImage, type PartialImage, type SourcedImage } from './generated-image';

/**
 * The partial images of one image, across all its upstream calls. Each is sent as soon as it
 * arrives, in the requested format and in order, up to the requested number. One that cannot be
 * read is skipped: the client is not waiting for it.
 */
export class PartialImages {
  /** The number of partial images sent or being sent. */
  private taken = 0;
  private sent = 0;
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly limit: number,
    private readonly standard: (data: JsonBlob) => JsonBlob | Promise<JsonBlob | undefined>,
    private readonly inOutputFormat: (image: SourcedImage) => Promise<SourcedImage>,
    private readonly send: (image: PartialImage) => void,
  ) {}

  add(data: JsonBlob, account: Account): void {
    if (this.taken >= this.limit) {
      return;
    }
    const standard = this.standard(data);
    const image =
      standard instanceof Promise
        ? standard.then((rewritten) => rewritten && sourcedImage(rewritten, account))
        : sourcedImage(standard, account);
    if (image !== undefined) {
      this.taken += 1;
      this.queue = this.queue.then(() => this.sendOne(image));
    }
  }

  /** Resolves once all added partial images have been sent or skipped; never rejects. */
  settled(): Promise<void> {
    return this.queue;
  }

  private async sendOne(image: SourcedImage | Promise<SourcedImage | undefined>): Promise<void> {
    try {
      const sourced = await image;
      if (sourced === undefined) {
        this.taken -= 1;
        return;
      }
      const asAsked = await this.inOutputFormat(sourced);
      this.send({ ...asAsked, partialIndex: this.sent });
      this.sent += 1;
    } catch {
      this.taken -= 1;
    }
  }
}
