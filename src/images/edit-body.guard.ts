import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { GatewayError } from '../errors/gateway-error';
import { AnswerMemory } from '../context/answer-memory';
import { isJson, readJsonBody } from '../http/bodies/blob-json-body';
import { textForBlobs, type BodyPath } from '../http/bodies/body-text';
import { isMultipart, readMultipartBody } from '../http/bodies/multipart-body';
import { FILE_NAMES } from '../http/bodies/multipart-body.guard';
import type { MultipartForm } from '../http/bodies/multipart-form';

/** The body of an edit in either of its forms; in JSON, images that are data URIs are JsonBlobs. */
export type EditBody =
  | { readonly kind: 'multipart'; readonly form: MultipartForm }
  | { readonly kind: 'json'; readonly value: Readonly<Record<string, unknown>> };

/** Where JSON has images: whatever else is long there is text. */
const IMAGE_PATHS: readonly BodyPath[] = [
  ['images', '[]', 'image_url'],
  ['mask', 'image_url'],
];

/** Reads an `EditBody`, bounded, after ApiKeyGuard has let the request in; `@ReadBody()` has it. */
@Injectable()
export class EditBodyGuard implements CanActivate {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly memory: AnswerMemory,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    request.body = await this.read(request, http.getResponse<Response>());
    return true;
  }

  private async read(request: Request, response: Response): Promise<EditBody> {
    const limits = {
      maxMegabytes: this.config.server.maxBodyMegabytes,
      memory: this.memory.of(response),
    };
    if (isMultipart(request)) {
      const rules = { ...limits, fileNames: FILE_NAMES };
      return { kind: 'multipart', form: await readMultipartBody(request, response, rules) };
    }
    if (isJson(request)) {
      const value = await readJsonBody(request, response, limits);
      textForBlobs(value, IMAGE_PATHS);
      return { kind: 'json', value };
    }
    throw new GatewayError({
      kind: 'unsupported_content_type',
      message: 'Invalid Content-Type header, expected multipart/form-data or application/json.',
    });
  }
}
