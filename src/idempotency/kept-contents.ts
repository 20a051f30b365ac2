import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import type { RequestContext } from '../context/request-context';
import { HostedImages } from '../hosting/hosted-images';
import { encodeBase64, encodedByteLength } from '../json/base64-blob';
import { JsonBlob } from '../json/json-blob';
import { filesIn, imagesIn, type KeptResponse } from './kept-response';
import type { RecordedImages } from './recording';

/** A response with its images where somebody keeps them. */
export interface OpenedResponse {
  readonly response: KeptResponse;
  /** In base64, by number; undefined where the response does not have it. */
  readonly images: readonly (JsonBlob | undefined)[];
}

/** A response as a file of the store: its images are files of their own. */
interface StoredDocument {
  readonly response: KeptResponse;
  readonly files: readonly (string | null)[];
}

interface CachedResponse extends OpenedResponse {
  readonly byteLength: number;
}

const IN_MEMORY = 'memory:';

/** Keeps responses: in the image store where there is one, else in memory, of which the oldest go first. */
@Injectable()
export class KeptContents {
  private readonly cache = new Map<string, CachedResponse>();
  private cachedBytes = 0;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly hosted: HostedImages,
  ) {}

  /** How many bytes it holds in memory. */
  get bytes(): number {
    return this.cachedBytes;
  }

  /**
   * @returns by what name it is found again; undefined where nothing has room for it
   * @throws the reason of the context's signal when the request is closed first
   */
  async keep(
    response: KeptResponse,
    images: RecordedImages,
    context: Pick<RequestContext, 'closed' | 'log'>,
  ): Promise<string | undefined> {
    return (
      (await this.keepInStore(response, images, context)) ?? this.keepInMemory(response, images)
    );
  }

  /**
   * Undefined where it is gone, or any of its images is.
   *
   * @param context holds the memory for it
   * @throws what its memory's budget throws
   */
  async open(
    content: string,
    context: Pick<RequestContext, 'memory' | 'signal'>,
  ): Promise<OpenedResponse | undefined> {
    if (content.startsWith(IN_MEMORY)) {
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
      // A store that is away is as good as one that has lost it.
      return undefined;
    }
  }

  private async keepInStore(
    response: KeptResponse,
    images: RecordedImages,
    context: Pick<RequestContext, 'closed' | 'log'>,
  ): Promise<string | undefined> {
    if (!this.hosted.isOn) {
      return undefined;
    }
    const used = usedImages(response);
    const files = await Promise.all(
      images.map(({ data, mimeType }, index) =>
        used.has(index) ? this.hosted.keep(data, mimeType, context) : Promise.resolve(null),
      ),
    );
    if (files.includes(undefined)) {
      return undefined;
    }
    const document = { response, files: files as readonly (string | null)[] };
    return this.hosted.keepDocument(Buffer.from(JSON.stringify(document)), context);
  }

  private keepInMemory(response: KeptResponse, images: RecordedImages): string | undefined {
    const used = usedImages(response);
    const byteLength =
      images.reduce((sum, { data }, index) => sum + (used.has(index) ? data.byteLength : 0), 0) +
      Buffer.byteLength(JSON.stringify(response));
    const { cacheBytes } = this.config.idempotency;
    if (byteLength > cacheBytes) {
      return undefined;
    }
    for (const [name, cached] of this.cache) {
      if (this.cachedBytes + byteLength <= cacheBytes) {
        break;
      }
      this.cache.delete(name);
      this.cachedBytes -= cached.byteLength;
    }
    const name = `${IN_MEMORY}${randomUUID()}`;
    this.cache.set(name, { ...copyOf(response, images), byteLength });
    this.cachedBytes += byteLength;
    return name;
  }

  private async openStored(
    content: string,
    context: Pick<RequestContext, 'memory' | 'signal'>,
  ): Promise<OpenedResponse | undefined> {
    const text = await this.read(content, context);
    if (text === undefined) {
      return undefined;
    }
    const { response, files } = JSON.parse(Buffer.concat(text).toString('utf8')) as StoredDocument;
    for (const file of [...filesIn(response.body), ...eventValues(response).flatMap(filesIn)]) {
      if (!(await this.isThere(file))) {
        return undefined;
      }
    }
    const images: (JsonBlob | undefined)[] = [];
    for (const file of files) {
      const bytes = file === null ? null : await this.read(file, context);
      if (bytes === undefined) {
        return undefined;
      }
      images.push(bytes === null ? undefined : await encodeBase64(bytes, context.signal));
    }
    return { response, images };
  }

  private async read(
    fileName: string,
    context: Pick<RequestContext, 'memory' | 'signal'>,
  ): Promise<readonly Buffer[] | undefined> {
    const file = await this.hosted.open(fileName);
    if (file === undefined) {
      return undefined;
    }
    try {
      await reserve(encodedByteLength(file.byteLength), context);
      const stream = await file.read();
      if (stream === undefined) {
        return undefined;
      }
      const chunks: Buffer[] = [];
      for await (const chunk of stream) {
        context.signal.throwIfAborted();
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

/** The same with bytes of its own, which last longer than the request. */
export function copyOf(response: KeptResponse, images: RecordedImages): OpenedResponse {
  const used = usedImages(response);
  return {
    response,
    images: images.map(({ data }, index) =>
      used.has(index) ? new JsonBlob([Buffer.concat(data.chunks)], true) : undefined,
    ),
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
