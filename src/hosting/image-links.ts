import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { knownContextOf } from '../context/request-contexts';
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
   * @param request provides the host if `PUBLIC_URL` is not set
   * @param lifetimeSeconds how long the URL is valid; by default `IMAGE_URL_TTL_SECONDS`
   */
  urlOf(
    fileName: string,
    request: Request,
    lifetimeSeconds = this.config.hosting.urlTtlSeconds,
  ): string {
    const [key = ''] = this.keys;
    const expires = Math.floor(Date.now() / 1000) + lifetimeSeconds;
    const signature = linkSignature(key, fileName, expires);
    const url = `${this.baseOf(request)}/files/${fileName}?exp=${expires}&sig=${signature}`;
    const { res: response } = request;
    if (response !== undefined) {
      knownContextOf(response)?.recorder?.url(url, fileName);
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

function only(values: readonly string[]): string | undefined {
  return values.length === 1 ? values[0] : undefined;
}
