import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { knownContextOf } from '../context/request-contexts';
import type { LinkedFile } from '../context/response-recorder';
import { partsOf } from './file-name';
import { linkSignature, linkState, type LinkState } from './link-signature';

/** The keys with which URLs are signed and verified; the first one signs. */
export const SIGNING_KEYS = Symbol('SigningKeys');

const PATH = /\/files\/([^/]+)$/;

/**
 * Makes and verifies the URLs of hosted images. A URL is made when a response is sent, and never
 * stored.
 */
@Injectable()
export class ImageLinks {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(SIGNING_KEYS) private readonly keys: readonly string[],
  ) {}

  /**
   * The URL of an image that was just stored.
   *
   * @param request provides the host if `PUBLIC_URL` is not set
   * @param validity whether the URL is valid for `IMAGE_URL_TTL_SECONDS`, or as long as the image
   */
  urlOf(fileName: string, request: Request, validity: 'ttl' | 'whole' = 'ttl'): string {
    const { retentionSeconds } = this.config.hosting;
    return this.urlOfFile(
      {
        file: fileName,
        ...(retentionSeconds === 0 ? {} : { deletedAt: secondsNow() + retentionSeconds }),
        ...(validity === 'whole' ? { isWhole: true as const } : {}),
      },
      request,
    );
  }

  /** The URL of an image that was stored earlier; it never outlives the image. */
  urlOfFile(linked: LinkedFile, request: Request): string {
    const { file, deletedAt = Infinity, isWhole = false } = linked;
    const [key = ''] = this.keys;
    const shortly = secondsNow() + this.config.hosting.urlTtlSeconds;
    const expires =
      isWhole && Number.isFinite(deletedAt) ? deletedAt : Math.min(shortly, deletedAt);
    const signature = linkSignature(key, file, expires);
    const url = `${this.baseOf(request)}/files/${file}?exp=${expires}&sig=${signature}`;
    const { res: response } = request;
    if (response !== undefined) {
      knownContextOf(response)?.recorder?.url(url, linked);
    }
    return url;
  }

  /** @param query as parsed by Express */
  stateOf(fileName: string, query: Readonly<Record<string, unknown>>): LinkState {
    return linkState(
      { fileName, expires: query['exp'], signature: query['sig'] },
      this.keys,
      Date.now(),
    );
  }

  /** The file of one of our own URLs, whatever its host: the signature proves that it is ours. */
  fileOf(url: URL): string | undefined {
    const [, fileName] = PATH.exec(url.pathname) ?? [];
    return fileName !== undefined &&
      this.stateOf(fileName, {
        exp: only(url.searchParams.getAll('exp')),
        sig: only(url.searchParams.getAll('sig')),
      }) === 'valid'
      ? fileName
      : undefined;
  }

  private baseOf(request: Request): string {
    return this.config.server.access.publicUrl ?? `${request.protocol}://${request.host}`;
  }
}

/** An entity tag: the bytes under a name never change. */
export function entityTagOf(fileName: string): string {
  return `"${partsOf(fileName).id}"`;
}

function secondsNow(): number {
  return Math.floor(Date.now() / 1000);
}

function only(values: readonly string[]): string | undefined {
  return values.length === 1 ? values[0] : undefined;
}
