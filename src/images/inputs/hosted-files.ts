import { Injectable } from '@nestjs/common';
import { HostedImages } from '../../hosting/hosted-images';
import { ImageLinks } from '../../hosting/image-links';
import type { StoredImage } from '../../hosting/image-store';
import { DownloadError, type DownloadedFile, type DownloadOptions } from './image-download';

/**
 * Reads the images behind Easel's own links from the store instead of by a request to itself. That
 * request would need a route to `PUBLIC_URL`, which a container seldom has.
 */
@Injectable()
export class HostedFiles {
  constructor(
    private readonly hosted: HostedImages,
    private readonly links: ImageLinks,
  ) {}

  /** The file that a URL names, if it is a valid link of ours, whatever its host. */
  fileOf(url: URL): string | undefined {
    return this.hosted.isOn ? this.links.fileOf(url) : undefined;
  }

  /**
   * @throws DownloadError
   * @throws the signal's reason if it is aborted
   */
  async read(
    fileName: string,
    { signal, admit = () => true }: DownloadOptions,
  ): Promise<DownloadedFile> {
    const image = await this.opened(fileName);
    try {
      const stream = await image.read();
      if (stream === undefined) {
        throw new DownloadError('not_hosted');
      }
      const bytes: Buffer[] = [];
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        signal.throwIfAborted();
        if (!(await admit(chunk.length))) {
          throw new DownloadError('not_admitted');
        }
        bytes.push(chunk);
      }
      return { bytes, declaredType: undefined };
    } catch (error) {
      signal.throwIfAborted();
      // The store may become unavailable after the image was opened, while it is being read.
      throw error instanceof DownloadError ? error : new DownloadError('store_unavailable');
    } finally {
      await image.close();
    }
  }

  private async opened(fileName: string): Promise<StoredImage> {
    let image: StoredImage | undefined;
    try {
      image = await this.hosted.open(fileName);
    } catch {
      throw new DownloadError('store_unavailable');
    }
    if (image === undefined) {
      throw new DownloadError('not_hosted');
    }
    return image;
  }
}
