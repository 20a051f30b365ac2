import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import type { RequestContext } from '../context/request-context';
import { HostedImages } from '../hosting/hosted-images';
import { drainToBase64 } from '../json/base64-blob';
import type { JsonBlob } from '../json/json-blob';
import { filesIn, imagesIn, type KeptResponse } from './kept-response';
import type { OpenedResponse } from './opened-response';
import type { RecordedImages } from './recording';
import { ResponseCache } from './response-cache';

/** A response as a file in the store; its images are separate files. */
interface StoredDocument {
  readonly response: KeptResponse;
  readonly files: readonly (StoredFile | null)[];
}

interface StoredFile {
  readonly name: string;
  /** The size of the image in base64. */
  readonly byteLength: number;
}

/**
 * Keeps responses: in the image store if there is one, otherwise in memory, where the oldest are
 * dropped first.
 */
@Injectable()
export class KeptContents {
  private readonly cache: ResponseCache;

  constructor(
    @Inject(APP_CONFIG) config: AppConfig,
    private readonly hosted: HostedImages,
  ) {
    this.cache = new ResponseCache(config.idempotency.cacheBytes);
  }

  /**
   * @returns the name under which it can be found; undefined if there is no room for it
   * @throws the reason of the context's signal if the request is closed first
   */
  async keep(
    response: KeptResponse,
    images: RecordedImages,
    context: Pick<RequestContext, 'closed' | 'log'>,
  ): Promise<string | undefined> {
    return (
      (await this.keepInStore(response, images, context)) ??
      (await this.cache.add(openedOf(response, images)))
    );
  }

  /**
   * Undefined if the response or any of its images no longer exists.
   *
   * @param context holds the memory for it
   * @throws what its memory's budget throws
   */
  async open(
    content: string,
    context: Pick<RequestContext, 'memory' | 'signal'>,
  ): Promise<OpenedResponse | undefined> {
    if (ResponseCache.isName(content)) {
      const cached = this.cache.get(content);
      if (cached !== undefined) {
        await reserve(cached.byteLength, context);
      }
      return cached;
    }
    try {
      return await this.openStored(content, context);
    } catch (error) {
      context.signal.throwIfAborted();
      if ((error as Error).name === 'GatewayError') {
        throw error;
      }
      // An unavailable store is treated as if it had lost the response.
      return undefined;
    }
  }

  private async keepInStore(
    response: KeptResponse,
    images: RecordedImages,
    { closed, log }: Pick<RequestContext, 'closed' | 'log'>,
  ): Promise<string | undefined> {
    if (!this.hosted.isOn) {
      return undefined;
    }
    // No client waits for this, so the request's deadline does not matter.
    const context = { closed, log };
    const used = usedImages(response);
    const files = await Promise.all(
      images.map(({ data, mimeType }, index) =>
        used.has(index) ? this.hosted.keep(data, mimeType, context) : Promise.resolve(null),
      ),
    );
    if (files.includes(undefined)) {
      return undefined;
    }
    const document: StoredDocument = {
      response,
      files: images.map(({ data: { byteLength } }, index) => {
        const name = files[index];
        return typeof name === 'string' ? { name, byteLength } : null;
      }),
    };
    return this.hosted.keepDocument(Buffer.from(JSON.stringify(document)), context);
  }

  private async openStored(
    content: string,
    context: Pick<RequestContext, 'memory' | 'signal'>,
  ): Promise<OpenedResponse | undefined> {
    const text = await this.read(content, context.signal, ({ byteLength }) => {
      context.memory.hold(byteLength);
    });
    if (text === undefined) {
      return undefined;
    }
    const { response, files } = JSON.parse(Buffer.concat(text).toString('utf8')) as StoredDocument;
    const linked = [...filesIn(response.body), ...eventValues(response).flatMap(filesIn)];
    for (const { file, deletedAt = Infinity } of linked) {
      // A sweep may be yet to come, but a URL never outlives its image.
      if (deletedAt * 1000 <= Date.now() || !(await this.isThere(file))) {
        return undefined;
      }
    }
    const bytes = files.reduce((sum, file) => sum + (file?.byteLength ?? 0), 0);
    // For all of them at once: two requests that each hold a part would wait for one another.
    await reserve(bytes, context);
    const images: (JsonBlob | undefined)[] = [];
    for (const file of files) {
      const read = file === null ? null : await this.read(file.name, context.signal);
      if (read === undefined) {
        return undefined;
      }
      images.push(read === null ? undefined : await drainToBase64(read, context.signal));
    }
    return { response, images };
  }

  private async read(
    fileName: string,
    signal: AbortSignal,
    onOpen?: (file: { readonly byteLength: number }) => void,
  ): Promise<Buffer[] | undefined> {
    const file = await this.hosted.open(fileName);
    if (file === undefined) {
      return undefined;
    }
    try {
      onOpen?.(file);
      const stream = await file.read();
      if (stream === undefined) {
        return undefined;
      }
      const chunks: Buffer[] = [];
      for await (const chunk of stream) {
        signal.throwIfAborted();
        chunks.push(chunk as Buffer);
      }
      const read = chunks.reduce((sum, { length }) => sum + length, 0);
      return read === file.byteLength ? chunks : undefined;
    } finally {
      await file.close();
    }
  }

  private async isThere(fileName: string): Promise<boolean> {
    const file = await this.hosted.open(fileName);
    await file?.close();
    return file !== undefined;
  }
}

/** The response with the images that it contains as bytes; others are files in the store. */
export function openedOf(response: KeptResponse, images: RecordedImages): OpenedResponse {
  const used = usedImages(response);
  return {
    response,
    images: images.map(({ data }, index) => (used.has(index) ? data : undefined)),
  };
}

function usedImages(response: KeptResponse): ReadonlySet<number> {
  return new Set([...imagesIn(response.body), ...eventValues(response).flatMap(imagesIn)]);
}

function eventValues({ events = [] }: KeptResponse): readonly KeptResponse['body'][] {
  return events.map(({ data }) => data);
}

async function reserve(
  bytes: number,
  { memory, signal }: Pick<RequestContext, 'memory' | 'signal'>,
): Promise<void> {
  await memory.reserve({ kind: 'responses', bytes, weight: 1, signal });
}
