import {
  Inject,
  Injectable,
  mixin,
  type CanActivate,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../../config/app-config';
import { GatewayError } from '../../errors/gateway-error';
import { isJson, readJsonBody } from './blob-json-body';
import { inlineShortBlobs, type BodyPath } from './body-text';
import { isMultipart, readMultipartBody } from './multipart-body';
import type { MultipartForm } from './multipart-form';
import type { FileRules } from './multipart-part';

/** A JSON body; a string of more than 1 KiB stays a JsonBlob at the paths that the guard was given. */
export type JsonBody = Readonly<Record<string, unknown>>;

/** The formats of a route's body; at least one. */
export interface BodyFormats {
  /** The paths where long strings stay blobs; all other long strings are text. */
  readonly json?: { readonly blobsAt: readonly BodyPath[] };
  readonly form?: FileRules;
}

/**
 * A guard that reads the body of a request, up to its limits, after ApiKeyGuard has let the request
 * in. Nest's own body parser would read up to `MAX_BODY_MB` from anyone before checking the key. It
 * is a guard, because an interceptor puts every request through an async resource and two
 * observables of its own. `@ReadBody()` returns the body: a `MultipartForm` or a `JsonBody`. A body
 * whose fields a DTO describes is `@Body()`'s as well.
 */
export function BodyGuard({ json, form }: BodyFormats): Type<CanActivate> {
  const types = [
    ...(form === undefined ? [] : ['multipart/form-data']),
    ...(json === undefined ? [] : ['application/json']),
  ];
  const message = `Invalid Content-Type header, expected ${types.join(' or ')}.`;

  @Injectable()
  class ConfiguredBodyGuard implements CanActivate {
    constructor(@Inject(APP_CONFIG) private readonly config: AppConfig) {}

    async canActivate(context: ExecutionContext): Promise<boolean> {
      const http = context.switchToHttp();
      const request = http.getRequest<Request>();
      request.body = await this.read(request, http.getResponse<Response>());
      return true;
    }

    private async read(request: Request, response: Response): Promise<JsonBody | MultipartForm> {
      const { maxBodyMegabytes: maxMegabytes } = this.config.server;
      if (form !== undefined && isMultipart(request)) {
        return readMultipartBody(request, response, { maxMegabytes, files: form });
      }
      if (json !== undefined && isJson(request)) {
        const body = await readJsonBody(request, response, { maxMegabytes });
        inlineShortBlobs(body, json.blobsAt);
        return body;
      }
      throw new GatewayError({ kind: 'unsupported_content_type', message });
    }
  }

  return mixin(ConfiguredBodyGuard);
}
