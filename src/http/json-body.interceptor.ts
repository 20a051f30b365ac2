import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import express, { type Request, type RequestHandler, type Response } from 'express';
import type { Observable } from 'rxjs';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { GatewayError, invalidRequest } from '../errors/gateway-error';
import { inviteBody } from './expect-continue';

const MEBIBYTE = 1024 * 1024;

/** How long a client whose body is too large may go on sending while it has yet to read so. */
const LINGER_MS = 5000;

/**
 * Reads a JSON body, bounded, after the guard has let the request in: an interceptor, because
 * Nest's own body parser would read up to `MAX_BODY_MB` from anybody before asking for a key.
 */
@Injectable()
export class JsonBodyInterceptor implements NestInterceptor {
  private readonly parse: RequestHandler;
  private readonly maxMegabytes: number;

  constructor(@Inject(APP_CONFIG) config: AppConfig) {
    this.maxMegabytes = config.server.maxBodyMegabytes;
    this.parse = express.json({
      limit: this.maxMegabytes * MEBIBYTE,
      type: isJson,
      // A lone number is JSON as well; it is refused below, in words that fit.
      strict: false,
    });
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    if (!isJson(request)) {
      throw new GatewayError({
        kind: 'unsupported_content_type',
        message: 'Invalid Content-Type header, expected application/json.',
      });
    }
    await this.read(request, http.getResponse<Response>());
    const body: unknown = request.body;
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      throw invalidRequest(null, null, 'The body of your request must be a JSON object.');
    }
    return next.handle();
  }

  /** body-parser reads a body that is too large to its end before it says so; here it is said at once. */
  private read(request: Request, response: Response): Promise<void> {
    const limit = this.maxMegabytes * MEBIBYTE;
    const tooLarge = new GatewayError({ kind: 'body_too_large', maxMegabytes: this.maxMegabytes });
    if (Number(request.headers['content-length'] ?? 0) > limit) {
      linger(request);
      return Promise.reject(tooLarge);
    }
    inviteBody(request, response);
    return new Promise((resolve, reject) => {
      let received = 0;
      const count = (chunk: Buffer): void => {
        received += chunk.length;
        if (received > limit) {
          request.off('data', count);
          linger(request);
          reject(tooLarge);
        }
      };
      request.on('data', count);
      void this.parse(request, response, (error?: unknown) => {
        request.off('data', count);
        if (error === undefined) {
          resolve();
        } else {
          reject(error instanceof Error ? error : new Error('the body could not be read'));
        }
      });
    });
  }
}

/**
 * Takes in what a client still sends, for a while: closing at once would reset the connection, and
 * with it the answer that tells why.
 */
function linger(request: Request): void {
  request.resume();
  const timer = setTimeout(() => request.socket.destroy(), LINGER_MS).unref();
  request.once('close', () => {
    if (request.complete) {
      clearTimeout(timer);
    }
  });
}

/** `application/json` and its relatives, whether or not a body follows. */
function isJson(request: { readonly headers: { readonly 'content-type'?: string } }): boolean {
  const [mediaType = ''] = (request.headers['content-type'] ?? '').split(';');
  return /^application\/(json|[\w.-]+\+json)$/i.test(mediaType.trim());
}
