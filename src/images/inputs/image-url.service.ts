import { setMaxListeners } from 'node:events';
import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config';
import type { RequestContext } from '../../context/request-context';
import { GatewayError, invalidRequest } from '../../errors/gateway-error';
import { encodedByteLength } from '../../json/base64-blob';
import { JsonBlob } from '../../json/json-blob';
import type { RequestMemory } from '../../memory/request-memory';
import { Semaphore } from '../../concurrency/semaphore';
import { isDataUri, parseDataUri } from './data-uri';
import { DownloadReservations } from './download-reservation';
import { MAX_URL_CHARACTERS, parseDownloadUrl } from './download-url';
import {
  DownloadError,
  ImageDownload,
  type DownloadedFile,
  type DownloadFault,
  type DownloadOptions,
} from './image-download';
import { HostedFiles } from './hosted-files';
import {
  drainToInputImage,
  inputImageFromBase64,
  notADataUrl,
  tooLarge,
  type ImageField,
  type InputImage,
} from './input-image';

const MEBIBYTE = 1024 * 1024;
const DOWNLOADS_AT_A_TIME = 4;

/** An image that a JSON body refers to by URL: `https:`, `http:` or `data:`. */
export interface ImageUrl {
  readonly url: string | JsonBlob;
  readonly field: ImageField;
  /** Whether the request can do without it if it can no longer be fetched. */
  readonly isContext?: true;
}

/**
 * Fetches the image when called: all URLs of a request are checked before the first one is fetched.
 */
type Fetch = (signal: AbortSignal) => Promise<InputImage | undefined>;

/** The source of an image's bytes. */
type Source = (options: DownloadOptions) => Promise<DownloadedFile>;

/** The state that the downloads of one request share. */
interface Downloads {
  /** Subtracts bytes from the request's allowance; false once it is exceeded. */
  readonly admit: (bytes: number) => boolean;
  /** The memory that the downloads are counted in. */
  readonly memory: RequestMemory;
  readonly room: DownloadReservations;
}

/** Turns the image URLs of a request into images. */
@Injectable()
export class ImageUrlService {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly download: ImageDownload,
    @Inject(HostedFiles) private readonly hosted: Pick<HostedFiles, 'fileOf' | 'read'>,
  ) {}

  /**
   * The images behind the URLs of one request, in the same order. A few are downloaded at a time,
   * and their total is limited by `MAX_BODY_MB`, as if the client had sent them. When one fails,
   * the others are cancelled; an image that is only context becomes undefined instead.
   *
   * @throws GatewayError naming the field at fault
   * @throws the reason of the context's signal if it is aborted
   */
  async readAll(
    urls: readonly ImageUrl[],
    { signal, memory }: Pick<RequestContext, 'signal' | 'memory'>,
  ): Promise<readonly (InputImage | undefined)[]> {
    let left = this.config.server.maxBodyMegabytes * MEBIBYTE;
    const failed = new AbortController();
    const ends = AbortSignal.any([signal, failed.signal]);
    // Each queued download adds a listener.
    setMaxListeners(0, ends);
    const downloads = {
      admit: (bytes: number): boolean => (left -= bytes) >= 0,
      memory,
      room: new DownloadReservations(memory, ends),
    };
    const fetches = urls.map((url) => this.plan(url, downloads));
    const semaphore = new Semaphore(DOWNLOADS_AT_A_TIME);
    try {
      return await Promise.all(fetches.map((fetch) => semaphore.run(() => fetch(ends), ends)));
    } finally {
      failed.abort();
    }
  }

  /** @throws GatewayError for faults that are visible without fetching anything */
  private plan(image: ImageUrl, downloads: Downloads): Fetch {
    const { url, field } = image;
    const blob = typeof url === 'string' ? JsonBlob.from(Buffer.from(url)) : url;
    if (isDataUri(blob)) {
      const uri = parseDataUri(blob);
      if (!uri.ok) {
        throw notADataUrl(field, uri.got);
      }
      return async (signal) => {
        const image = await inputImageFromBase64(uri.payload, field, uri.mediaType, signal);
        downloads.memory.hold(bytesOutside(uri.payload, image.data));
        return image;
      };
    }
    const target = parseDownloadUrl(blob.window(0, MAX_URL_CHARACTERS + 1).toString('utf8'));
    if (!target.ok) {
      throw invalidUrl(field, target.problem);
    }
    const fileName = this.hosted.fileOf(target.url);
    if (fileName !== undefined) {
      const read: Source = (options) => this.hosted.read(fileName, options);
      return (signal) => this.fetch(read, image, downloads, signal);
    }
    if (!this.config.images.fetchUrls) {
      throw invalidUrl(
        field,
        `would have to be fetched, which the operator of this server has turned off. ${SEND_DATA_URL}`,
      );
    }
    const load: Source = (options) => this.download.fetch(target.url, options);
    return (signal) => this.fetch(load, image, downloads, signal);
  }

  /** Whether there is a proxy to Google. Images are not fetched through it. */
  private get hasProxy(): boolean {
    const { https, http } = this.config.upstream.proxies;
    return https !== undefined || http !== undefined;
  }

  private async fetch(
    source: Source,
    { field, isContext }: ImageUrl,
    { admit, memory, room: downloads }: Downloads,
    signal: AbortSignal,
  ): Promise<InputImage | undefined> {
    const room = await downloads.open();
    try {
      const file = await source({
        signal,
        admit: (bytes) => admit(bytes) && (room.add(bytes)?.then(() => true) ?? true),
      });
      return await encodedInput(file, room.bytes, { field, memory, signal });
    } catch (error) {
      if (error instanceof DownloadError) {
        if (isContext === true && !TOO_MUCH.includes(error.fault)) {
          return undefined;
        }
        // The log gets more detail than the client, but not the URL, which may be signed.
        const { fault } = downloadFailure(error.fault, field, this.hasProxy);
        throw new GatewayError(fault, { reason: error.fault });
      }
      throw error;
    } finally {
      room.release();
    }
  }
}

/**
 * Files that are too large are the client's to fix; any other fault may be due to the link's age.
 */
const TOO_MUCH: readonly DownloadFault[] = ['too_large', 'not_admitted'];

/**
 * The downloaded bytes as an input image, which counts towards memory from now on; the bytes
 * themselves are released.
 */
async function encodedInput(
  file: DownloadedFile,
  byteLength: number,
  { field, memory, signal }: { field: ImageField; memory: RequestMemory; signal: AbortSignal },
): Promise<InputImage> {
  const held = memory.hold(encodedByteLength(byteLength));
  try {
    return await drainToInputImage(file.bytes, field, file.declaredType, signal);
  } catch (error) {
    held.release();
    throw error;
  }
}

/** How many bytes of `data` are not in the memory of `source`: normalising base64 rewrites it. */
function bytesOutside(source: JsonBlob, data: JsonBlob): number {
  const known = new Set(source.chunks.map(({ buffer }) => buffer));
  return data.chunks
    .filter(({ buffer }) => !known.has(buffer))
    .reduce((sum, { length }) => sum + length, 0);
}

const SEND_DATA_URL =
  "Send the image as a data URL (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU=')";

function invalidUrl({ param }: ImageField, problem: string): GatewayError {
  return invalidRequest(
    param,
    'invalid_image_url',
    `Invalid '${param}': the image URL ${problem}.`,
  );
}

/**
 * The fault for the client. Everything that fails before a response has the same message; otherwise
 * a request could find out which names, hosts and ports exist in our network.
 */
function downloadFailure(fault: DownloadFault, field: ImageField, hasProxy: boolean): GatewayError {
  switch (fault) {
    case 'too_large':
      return tooLarge(field);
    case 'not_admitted':
      return notFetched(field, 'the images of this request together are too large');
    case 'not_public':
      return invalidUrl(field, `leads to an address that is not public. ${SEND_DATA_URL}`);
    case 'unresolvable':
    case 'blocked':
    case 'unreachable':
    case 'timed_out':
      return notFetched(
        field,
        'it must be publicly reachable and respond in time' +
          // Names and addresses must be checked here, so the download cannot be left to a proxy.
          (hasProxy
            ? '; images by URL do not use HTTPS_PROXY, this server fetches them directly'
            : ''),
      );
    case 'not_hosted':
      return notFetched(field, 'it is not hosted here any more');
    case 'store_unavailable':
      return notFetched(field, 'the image store is unavailable');
    case 'bad_redirect':
      return notFetched(field, 'it redirects too often, or to a URL that is not allowed');
    case 'bad_status':
      return notFetched(field, 'the response was not 200 OK');
    case 'encoded':
      return notFetched(field, 'the response was compressed, which Easel did not ask for');
    case 'not_an_image':
      return notFetched(field, 'the response is not an image');
  }
}

function notFetched({ param }: ImageField, why: string): GatewayError {
  return invalidRequest(
    param,
    'failed_to_download_image',
    `Failed to download the image from '${param}': ${why}.`,
  );
}
