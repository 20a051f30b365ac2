import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { contextOf } from '../context/request-contexts';
import { AbandonedImages } from './abandoned-images';

/**
 * For an API whose clients send neither keys nor retry counts: images that are being paid for are
 * finished and can be fetched later.
 */
@Injectable()
export class AbandonedImagesGuard implements CanActivate {
  constructor(private readonly abandoned: AbandonedImages) {}

  canActivate(execution: ExecutionContext): boolean {
    const http = execution.switchToHttp();
    this.abandoned.watch(contextOf(http.getResponse<Response>()), http.getRequest<Request>());
    return true;
  }
}
