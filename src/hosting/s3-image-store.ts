import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as Sdk from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { isFileName, mimeTypeOf } from './file-name';
import type { ByteRange, ImageFile, ImageStore, StoredImage, Swept } from './image-store';
import { whileRenewed } from './while-renewed';

/** The location of the objects. */
export interface Bucket {
  readonly name: string;
  /** The prefix of every key: empty, or with a trailing slash. */
  readonly prefix: string;
}

const WRITE_ATTEMPTS = 3;
const BACK_OFF_MS = 200;
/** Whoever waits for an image is told by then that the store is away, whatever the SDK would still try. */
const OPEN_TIMEOUT_MS = 10_000;
const DELETIONS_AT_A_TIME = 8;
/**
 * How old the lock of a sweep must be before another process takes it over. The time is S3's, whose
 * clock may differ.
 */
const LOCK_LASTS_MS = 300_000;
const LOCK_RENEWED_MS = 60_000;
const LOCK_TIMEOUT_MS = 2_000;
const LOCK = '.sweeping';
const LOCK_BODY = 'easel';

/**
 * Images as objects in a bucket, at Amazon or a compatible store. Their total size is not counted.
 * The SDK is passed in, because it is loaded only if images are stored in S3: it is more code than
 * all of Easel.
 */
export class S3ImageStore implements ImageStore {
  readonly kind = 's3';
  readonly heldBytes = undefined;

  constructor(
    private readonly sdk: typeof Sdk,
    private readonly client: S3Client,
    private readonly bucket: Bucket,
  ) {}

  /** The SDK cannot send a stream twice, so each attempt gets its own. */
  async write(image: ImageFile, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        // A server that refuses may close the connection on the body, and then nobody hears why: ask first.
        await this.put(image, signal, { asksFirst: attempt > 1 });
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (attempt === WRITE_ATTEMPTS || !isTransient(error)) {
          throw error;
        }
        await sleep(BACK_OFF_MS * 2 ** (attempt - 1), undefined, { signal });
      }
    }
  }

  async open(fileName: string): Promise<StoredImage | undefined> {
    const command = new this.sdk.HeadObjectCommand(this.object(fileName));
    const head = await inTime((abortSignal) => this.client.send(command, { abortSignal })).catch(
      ifThere,
    );
    return head === undefined
      ? undefined
      : {
          byteLength: head.ContentLength ?? 0,
          storedAt: head.LastModified?.getTime() ?? Date.now(),
          read: (range) => this.read(fileName, range),
          close: () => Promise.resolve(),
        };
  }

  async sweep(before: number | undefined, signal: AbortSignal): Promise<Swept> {
    if (before === undefined || !(await this.lock(signal))) {
      return { byAge: 0, bySize: 0 };
    }
    const lock = this.object(LOCK);
    const options = () => ({ abortSignal: AbortSignal.timeout(LOCK_TIMEOUT_MS) });
    const renew = () =>
      this.client.send(new this.sdk.PutObjectCommand({ ...lock, Body: LOCK_BODY }), options());
    try {
      const byAge = await whileRenewed({ everyMs: LOCK_RENEWED_MS, renew }, () =>
        this.deleteBefore(before, signal),
      );
      return { byAge, bySize: 0 };
    } finally {
      await this.client.send(new this.sdk.DeleteObjectCommand(lock), options());
    }
  }

  private async put(
    image: ImageFile,
    signal: AbortSignal,
    { asksFirst }: { readonly asksFirst: boolean },
  ): Promise<void> {
    const body = Readable.from(copies(image.bytes()), { objectMode: false });
    // The SDK reports a connection error, and the stream emits its own.
    body.on('error', () => undefined);
    const command = new this.sdk.PutObjectCommand({
      ...this.object(image.fileName),
      Body: body,
      ContentLength: image.byteLength,
      ContentType: mimeTypeOf(image.fileName),
    });
    if (asksFirst) {
      command.middlewareStack.add(
        (next) => (args) => {
          const { headers } = args.request as { readonly headers: Record<string, string> };
          headers['Expect'] = '100-continue';
          return next(args);
        },
        { step: 'build' },
      );
    }
    try {
      await this.client.send(command, { abortSignal: signal });
    } finally {
      body.destroy();
    }
  }

  private async read(fileName: string, range?: ByteRange): Promise<Readable | undefined> {
    const command = new this.sdk.GetObjectCommand({
      ...this.object(fileName),
      ...(range === undefined ? {} : { Range: `bytes=${range.start}-${range.end}` }),
    });
    const response = await inTime((abortSignal) =>
      this.client.send(command, { abortSignal }),
    ).catch(ifThere);
    return response?.Body as Readable | undefined;
  }

  private async deleteBefore(before: number, abortSignal: AbortSignal): Promise<number> {
    let deleted = 0;
    const pages = this.sdk.paginateListObjectsV2(
      { client: this.client },
      { Bucket: this.bucket.name, Prefix: this.bucket.prefix },
    );
    for await (const { Contents = [] } of pages) {
      abortSignal.throwIfAborted();
      const old = Contents.flatMap(({ Key = '', LastModified }) => {
        const fileName = Key.slice(this.bucket.prefix.length);
        const isOld = LastModified !== undefined && LastModified.getTime() < before;
        return isOld && isFileName(fileName) ? [fileName] : [];
      });
      for (let at = 0; at < old.length; at += DELETIONS_AT_A_TIME) {
        const some = old.slice(at, at + DELETIONS_AT_A_TIME);
        await Promise.all(
          some.map((fileName) =>
            this.client.send(new this.sdk.DeleteObjectCommand(this.object(fileName)), {
              abortSignal,
            }),
          ),
        );
      }
      deleted += old.length;
    }
    return deleted;
  }

  /**
   * Whether this process gets to sweep. A store without conditional writes admits all processes.
   */
  private async lock(abortSignal: AbortSignal): Promise<boolean> {
    const object = this.object(LOCK);
    const held = await this.client
      .send(new this.sdk.HeadObjectCommand(object), { abortSignal })
      .catch(ifThere);
    if (held?.LastModified !== undefined) {
      if (held.LastModified.getTime() > Date.now() - LOCK_LASTS_MS) {
        return false;
      }
      await this.client.send(new this.sdk.DeleteObjectCommand(object), { abortSignal });
    }
    try {
      await this.client.send(
        new this.sdk.PutObjectCommand({ ...object, Body: LOCK_BODY, IfNoneMatch: '*' }),
        { abortSignal },
      );
      return true;
    } catch (error) {
      if (statusOf(error) === 412 || statusOf(error) === 409) {
        return false;
      }
      throw error;
    }
  }

  private object(fileName: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.bucket.name, Key: this.bucket.prefix + fileName };
  }
}

/** Until the response begins: its bytes have the time that they need. */
async function inTime<T>(send: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const ending = new AbortController();
  const timer = setTimeout(() => {
    ending.abort();
  }, OPEN_TIMEOUT_MS);
  try {
    return await send(ending.signal);
  } finally {
    clearTimeout(timer);
  }
}

function ifThere(error: unknown): undefined {
  if (statusOf(error) === 404 && (error as Error).name !== 'NoSuchBucket') {
    return undefined;
  }
  throw error;
}

/** Undefined if there was no response. */
function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata
    ?.httpStatusCode;
}

/** A rejection would be repeated; a fault of the store or the network may pass. */
function isTransient(error: unknown): boolean {
  const status = statusOf(error);
  return status === undefined || status >= 500 || status === 429;
}

/**
 * Copies, because a stream requests the next piece while the connection is still writing the
 * previous one.
 */
function* copies(pieces: Iterable<Buffer>): Generator<Buffer, void, void> {
  for (const piece of pieces) {
    yield Buffer.from(piece);
  }
}
