import {
  Catch,
  HttpException,
  Inject,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../../config/app-config';
import { GatewayError, type GatewayFault } from '../../errors/gateway-error';
import { ClientGoneError } from '../../context/client-gone.error';
import { contextOf } from '../../context/request-contexts';
import { accountHeader } from '../responses/account-header';
import { errorResponse } from '../../errors/error-response';
import { setCostHeader } from '../responses/cost-header';
import { sendErrorBody } from '../responses/error-body.response';
import { setOpenAiHeaders } from '../responses/openai-headers';
import { noteFault } from './note-fault';
import { RespondedError } from './responded.error';

/**
 * Converts everything that is thrown into the error object of the API that was called. No other
 * error reaches a client.
 */
@Catch()
export class OpenAiErrorFilter implements ExceptionFilter {
  constructor(@Inject(APP_CONFIG) private readonly config: AppConfig) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const context = contextOf(response);
    // A client that is still connected gets a response, even if the code assumed that it had gone.
    const isWithoutReceiver =
      context.hasLeft && (context.recorder === undefined || error instanceof ClientGoneError);
    if (isWithoutReceiver || error instanceof RespondedError) {
      context.recorder?.giveUp();
      return;
    }
    const fault = faultOfError(error, request, this.config.server.maxBodyMegabytes);
    noteFault(context, fault, error);
    const email = error instanceof GatewayError ? error.accountEmail : undefined;
    context.recorder?.fail(new GatewayError(fault, { accountEmail: email }));
    if (context.hasLeft) {
      return;
    }
    if (response.headersSent) {
      // Part of a response was already sent. Aborting the connection is the only way left to signal
      // the failure.
      response.destroy();
      return;
    }

    const { errorDialect, id } = context;
    const quotedId = (error instanceof GatewayError ? error.options.quotedId : undefined) ?? id;
    const { status, headers, body } = errorResponse(errorDialect, fault, quotedId, Date.now());
    for (const [name, value] of Object.entries(headers)) {
      response.setHeader(name, typeof value === 'string' ? value : [...value]);
    }
    const account = accountHeader(
      email === undefined ? [] : [email],
      this.config.server.accountHeader,
    );
    if (account !== undefined) {
      response.setHeader('X-Account-Email', account);
    }
    setCostHeader(response, context, this.config.costs.areShown);
    if (errorDialect === 'openai') {
      setOpenAiHeaders(response, context);
    }
    sendErrorBody(response, status, body);
  }
}

/** The fault for anything that Nest, Express or the body parser throws. */
export function faultOfError(
  error: unknown,
  request: { readonly method: string; readonly path: string },
  maxMegabytes: number,
): GatewayFault {
  if (error instanceof GatewayError) {
    return error.fault;
  }
  const status = httpStatusOf(error);
  switch (status) {
    case 404:
      return { kind: 'unknown_route', method: request.method, path: request.path };
    case 413:
      return { kind: 'body_too_large', maxMegabytes };
    case 415:
      return {
        kind: 'unsupported_content_type',
        message: 'The charset or the Content-Encoding of your request is not supported.',
      };
    case undefined:
      return { kind: 'internal' };
    default:
      return status >= 400 && status < 500
        ? {
            kind: 'invalid_request',
            param: null,
            code: null,
            message: 'Your request could not be read. Check its path, its headers and its body.',
          }
        : { kind: 'internal' };
  }
}

/** http-errors (Express, body-parser) and Nest store the status in different places. */
function httpStatusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) {
    return error.getStatus();
  }
  if (error instanceof Error && 'status' in error && typeof error.status === 'number') {
    return error.status;
  }
  return undefined;
}
