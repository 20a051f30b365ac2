import { Inject, Injectable, type OnModuleInit, type OnModuleDestroy } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import type { RequestContext } from '../context/request-context';
import { decodedByteLength, decodedPieces } from '../json/base64-decoder';
import type { JsonBlob } from '../json/json-blob';
import { newDocumentName, newFileName, type HostedMimeType } from './file-name';
import {
  IMAGE_STORE,
  type ImageFile,
  type ImageStore,
  type StoredImage,
  type Swept,
} from './image-store';
import { storeFailure } from './store-failure';

/** The image is paid for and its client waits: after this time it is sent as a data URI instead. */
const WRITE_TIMEOUT_MS = 10_000;
/** The time for a write if the request's deadline is near: a working store needs less. */
const LEAST_WRITE_TIMEOUT_MS = 2_000;
const SWEEP_EVERY_MS = 60_000;

/** Counters of the store since the start. */
export interface StoreCounts {
  readonly stored: number;
  readonly failed: number;
  readonly deletedByAge: number;
  readonly deletedBySize: number;
}

/** Whether the last write succeeded, and since when. */
export interface StoreState {
  readonly isWorking: boolean;
  /** Epoch milliseconds. */
  readonly since: number;
  readonly reason?: string;
}

/** Stores images, if there is a store, and has them deleted in time. */
@Injectable()
export class HostedImages implements OnModuleInit, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | undefined;
  /** The files of images that are still in memory. */
  private readonly files = new WeakMap<JsonBlob, Promise<string | undefined>>();
  private readonly ends = new AbortController();
  private currentState: StoreState = { isWorking: true, since: Date.now() };
  private counted = { stored: 0, failed: 0, deletedByAge: 0, deletedBySize: 0 };

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(IMAGE_STORE) private readonly store: ImageStore | undefined,
    private readonly log: PinoLogger,
  ) {}

  /** Whether images get URLs at all. */
  get isOn(): boolean {
    return this.store !== undefined;
  }

  /** Undefined if no images are stored. */
  get state(): (StoreState & { readonly kind: ImageStore['kind'] }) | undefined {
    return this.store && { kind: this.store.kind, ...this.currentState };
  }

  get counts(): StoreCounts {
    return this.counted;
  }

  get heldBytes(): number | undefined {
    return this.store?.heldBytes;
  }

  onModuleInit(): void {
    if (this.store !== undefined) {
      this.sweepInTurn();
      this.timer = setInterval(() => {
        this.sweepInTurn();
      }, SWEEP_EVERY_MS).unref();
    }
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.ends.abort();
    await this.sweeping;
  }

  /**
   * Stores an image, and returns the name of its file. Undefined if it could not be stored, which
   * is logged: the image itself is not affected.
   *
   * @param data in base64; it must stay valid until this settles or the request is closed
   * @param context with a deadline if a client waits for the name
   * @throws the reason of the context's signal if the client disconnects first
   */
  async keep(
    data: JsonBlob,
    mimeType: HostedMimeType,
    {
      closed,
      log,
      deadlineAt = Infinity,
    }: Pick<RequestContext, 'closed' | 'log'> & Partial<Pick<RequestContext, 'deadlineAt'>>,
  ): Promise<string | undefined> {
    if (this.store === undefined) {
      return undefined;
    }
    // A response with URLs and its stored copy share the file, and so does a retry that has adopted
    // the image.
    for (let known = this.files.get(data); known !== undefined; known = this.files.get(data)) {
      try {
        return await known;
      } catch {
        // The request that wrote it has ended, but this one has not.
        closed.throwIfAborted();
        if (this.files.get(data) === known) {
          this.files.delete(data);
        }
      }
    }
    const file = this.write(
      {
        fileName: newFileName(mimeType),
        byteLength: decodedByteLength(data),
        bytes: (signal, memory) => decodedPieces(data, signal, memory),
      },
      { closed, log },
      Math.min(WRITE_TIMEOUT_MS, Math.max(LEAST_WRITE_TIMEOUT_MS, deadlineAt - Date.now())),
    );
    this.files.set(data, file);
    return file;
  }

  /** Stores a document beside the images: for as long as they are kept, and without a URL. */
  async keepDocument(
    bytes: Buffer,
    context: Pick<RequestContext, 'closed' | 'log'>,
  ): Promise<string | undefined> {
    const { length: byteLength } = bytes;
    return this.write({ fileName: newDocumentName(), byteLength, bytes: () => [bytes] }, context);
  }

  private async write(
    file: Pick<ImageFile, 'fileName' | 'byteLength'> & {
      readonly bytes: (signal: AbortSignal, memory?: Buffer) => Iterable<Buffer>;
    },
    { closed, log }: Pick<RequestContext, 'closed' | 'log'>,
    timeoutMs = WRITE_TIMEOUT_MS,
  ): Promise<string | undefined> {
    if (this.store === undefined) {
      return undefined;
    }
    closed.throwIfAborted();
    const { fileName, byteLength } = file;
    const ending = new AbortController();
    const onEnd = (): void => {
      ending.abort();
    };
    // Not `AbortSignal.any` with `AbortSignal.timeout`: on Node 20 the timeout may be
    // garbage-collected.
    const timer = setTimeout(onEnd, timeoutMs);
    closed.addEventListener('abort', onEnd, { once: true });
    const ends = ending.signal;
    const startedAt = performance.now();
    try {
      const bytes = (memory?: Buffer) => file.bytes(ends, memory);
      await this.store.write({ fileName, byteLength, bytes }, ends);
      this.counted.stored += 1;
      this.note({ isWorking: true });
      return fileName;
    } catch (error) {
      closed.throwIfAborted();
      const reason = ends.aborted ? 'timeout' : storeFailure(error);
      this.counted.failed += 1;
      this.note({ isWorking: false, reason });
      log.error(
        { store: this.store.kind, reason, ms: Math.round(performance.now() - startedAt) },
        fileName.endsWith('.json')
          ? 'response not stored, kept in memory instead'
          : 'image not stored, sent as a data URI instead',
      );
      return undefined;
    } finally {
      clearTimeout(timer);
      closed.removeEventListener('abort', onEnd);
    }
  }

  /**
   * Undefined if there is no such image, or no longer. The caller must close it.
   *
   * @throws the store's error if it is unavailable
   */
  async open(fileName: string): Promise<StoredImage | undefined> {
    return this.store?.open(fileName);
  }

  private sweepInTurn(): void {
    this.sweeping ??= this.sweep().finally(() => {
      this.sweeping = undefined;
    });
  }

  private async sweep(): Promise<void> {
    const { retentionSeconds } = this.config.hosting;
    const before = retentionSeconds === 0 ? undefined : Date.now() - retentionSeconds * 1000;
    try {
      const swept = await this.store?.sweep(before, this.ends.signal);
      this.count(swept);
    } catch (error) {
      if (this.ends.signal.aborted) {
        return;
      }
      this.note({ isWorking: false, reason: storeFailure(error) });
      this.log.warn(
        { store: this.store?.kind, reason: storeFailure(error) },
        'old images could not be deleted',
      );
    }
  }

  private count({ byAge, bySize }: Swept = { byAge: 0, bySize: 0 }): void {
    this.counted.deletedByAge += byAge;
    this.counted.deletedBySize += bySize;
    if (byAge + bySize > 0) {
      this.log.info({ store: this.store?.kind, byAge, bySize }, 'old images deleted');
    }
  }

  private note({ isWorking, reason }: Pick<StoreState, 'isWorking' | 'reason'>): void {
    const { since, isWorking: wasWorking } = this.currentState;
    this.currentState = {
      isWorking,
      since: isWorking === wasWorking ? since : Date.now(),
      ...(reason === undefined ? {} : { reason }),
    };
  }
}
