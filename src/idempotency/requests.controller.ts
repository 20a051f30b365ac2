import { Controller, Get, HttpCode, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { contextOf } from '../context/request-contexts';
import { GatewayError, invalidRequest } from '../errors/gateway-error';
import { Access } from '../http/auth/access';
import { AbandonedImages } from './abandoned-images';
import { ownerOf } from './client-identity';
import { idempotencyKey, keyDigestOf, ownerDigestOf } from './idempotency-key';
import { IdempotentRequests } from './idempotent-requests';
import type { RecordQuery } from '../ledger/request-records';
import { ApiFindRequest, ApiGetRequest } from './requests.api';

const RETRY_SECONDS = 2;

/** The stored responses of a client's own requests. Reading does not remove them. */
@ApiTags('Requests')
@Access('member')
@Controller('v1/requests')
export class RequestsController {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly requests: IdempotentRequests,
    private readonly abandoned: AbandonedImages,
  ) {}

  @Get()
  @HttpCode(200)
  @ApiFindRequest()
  async byKey(
    @Query('idempotency_key') given: unknown,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    this.assertKeyed(request);
    const key = typeof given === 'string' ? idempotencyKey(given) : undefined;
    if (key === undefined) {
      throw invalidRequest(
        'idempotency_key',
        'missing_required_parameter',
        "Missing required parameter: 'idempotency_key'.",
      );
    }
    const owner = ownerOf(contextOf(response));
    const query = { owner: ownerDigestOf(owner), keyDigest: keyDigestOf(owner, key) };
    if (!(await this.sendRecord(query, request, response))) {
      throw new GatewayError({ kind: 'request_not_found' });
    }
  }

  @Get(':id')
  @HttpCode(200)
  @ApiGetRequest()
  async byId(
    @Param('id') requestId: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    this.assertKeyed(request);
    const owner = ownerOf(contextOf(response));
    const query = { owner: ownerDigestOf(owner), requestId };
    if (
      !(await this.sendRecord(query, request, response)) &&
      !(await this.sendAbandoned(owner, requestId, response))
    ) {
      throw new GatewayError({ kind: 'request_not_found' });
    }
  }

  /** Without keys, requests cannot be attributed to a client. */
  private assertKeyed({ method, path }: Request): void {
    if (this.config.auth.mode === 'off') {
      throw new GatewayError({ kind: 'unknown_route', method, path });
    }
  }

  private async sendRecord(
    query: RecordQuery,
    request: Request,
    response: Response,
  ): Promise<boolean> {
    const found = await this.requests.find(query);
    if (found === undefined) {
      return false;
    }
    if (found.state === 'at_work') {
      sendAtWork(found.requestId, response);
      return true;
    }
    const { state, content } = found;
    return (
      state === 'kept' &&
      content !== null &&
      (await this.requests.sendKept(content, contextOf(response), request, response))
    );
  }

  private async sendAbandoned(
    owner: string,
    requestId: string,
    response: Response,
  ): Promise<boolean> {
    const found = this.abandoned.find(owner, requestId);
    if (found?.isAtWork === true) {
      sendAtWork(requestId, response);
      return true;
    }
    if (found?.renderAgain === undefined || found.made.length === 0) {
      return false;
    }
    contextOf(response).onClosed(found.read());
    await found.renderAgain(found.made, response);
    return true;
  }
}

function sendAtWork(requestId: string, response: Response): void {
  response
    .status(202)
    .setHeader('Retry-After', String(RETRY_SECONDS))
    .json({ object: 'request', id: requestId, status: 'in_progress' });
}
