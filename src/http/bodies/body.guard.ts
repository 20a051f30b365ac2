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
import { isJson, readJsonBody, type StructureLimits } from './blob-json-body';
import { BodyPaths, type BodyPath } from './body-paths';
import { inlineShortBlobs } from './body-text';
import { isMultipart, readMultipartBody } from './multipart-body';
import type { MultipartForm } from './multipart-form';
import type { FileRules } from './multipart-part';

/** A JSON body. Strings of more than 1 KiB are JsonBlobs at the paths that the guard was given. */
export type JsonBody = Readonly<Record<string, unknown>>;

/** The body formats of a route; at least one. */
export interface BodyFormats {
  /** The paths at which long strings stay blobs. All other long strings become text. */
  readonly json?: {
    readonly blobsAt: readonly BodyPath[];
    /** Limits for routes whose bodies have more than a few fields. */
    readonly structure?: StructureLimits;
  };
  readonly form?: FileRules;
}

/**
 * A guard that reads the body of a request, within its limits, once ApiKeyGuard has admitted the
 * request. Nest's own body parser would read up to `MAX_BODY_MB` from anyone before the key is
 * checked. It is not an interceptor, because those wrap every request in an async resource and two
 * observables. `@ReadBody()` returns the body: a `MultipartForm` or a `JsonBody`. If a DTO
 * describes the fields, `@Body()` returns them as well.
 */
export function BodyGuard({ json, form }: BodyFormats): Type<CanActivate> {
  const types = [
    ...(form === undefined ? [] : ['multipart/form-data']),
    ...(json === undefined ? [] : ['application/json']),
  ];
  const kept = BodyPaths.of(json?.blobsAt ?? []);
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
        const body = await readJsonBody(request, response, { maxMegabytes }, json.structure);
        inlineShortBlobs(body, kept);
        return body;
      }
      throw new GatewayError({ kind: 'unsupported_content_type', message });
    }
  }

  return mixin(ConfiguredBodyGuard);
}
