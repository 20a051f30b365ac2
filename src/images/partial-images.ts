import type { Account } from '../accounts/account';
import type { JsonBlob } from '../json/json-blob';
import { sourcedImage, type PartialImage, type SourcedImage } from './generated-image';

/**
 * The partial images of one image, over all its upstream calls. Each is sent on as it comes, in the
 * format asked for and in order, until there are as many as were asked for. One that cannot be read
 * is left out: the client is not waiting for it.
 */
export class PartialImages {
  /** Those that were sent and those on their way. */
  private taken = 0;
  private sent = 0;
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly limit: number,
    private readonly inOutputFormat: (image: SourcedImage) => Promise<SourcedImage>,
    private readonly send: (image: PartialImage) => void,
  ) {}

  add(data: JsonBlob, account: Account): void {
    const image = this.taken < this.limit ? sourcedImage(data, account) : undefined;
    if (image !== undefined) {
      this.taken += 1;
      this.queue = this.queue.then(() => this.sendOne(image));
    }
  }

  /** Resolves once all that were added have been sent or left out; never rejects. */
  settled(): Promise<void> {
    return this.queue;
  }

  private async sendOne(image: SourcedImage): Promise<void> {
    try {
      const asAsked = await this.inOutputFormat(image);
      this.send({ ...asAsked, partialIndex: this.sent });
      this.sent += 1;
    } catch {
      this.taken -= 1;
    }
  }
}
