import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { RequestContext } from '../context/request-context';
import { imageOutcomes } from './image-outcomes';
import { Metrics } from './metrics';
import { routeLabel } from './route-label';

/** nginx's status for a client that disconnected before its response. */
const CLIENT_GONE = '499';

/** Counts every request once it is over. */
@Injectable()
export class RequestMetrics {
  constructor(private readonly metrics: Metrics) {}

  /** Called for each request when it arrives: one listener is all that it costs until the end. */
  watch(context: RequestContext, request: Request, response: Response): void {
    context.onLeft(() => {
      this.count(context, request, response);
    });
  }

  private count(context: RequestContext, request: Request, response: Response): void {
    const { consumer } = context;
    const { fault, images, limit } = context.outcome;
    const { method } = request;
    // At the end, the route is the last one that the router has tried.
    const route = routeLabel(request.route as unknown);
    this.metrics.countRequest(
      { method, route, status: statusLabel(context, response) },
      context.responseMs / 1000,
    );
    if (fault !== undefined) {
      this.metrics.countFault(fault);
    }
    for (const { model, size, outcome, count } of imageOutcomes(images, context.isSent)) {
      this.metrics.countImages(model, outcome, count);
      this.metrics.countConsumerImages(consumer?.name, size, outcome, count);
    }
    if (limit !== undefined) {
      this.metrics.countLimitRejection(consumer?.name, limit);
    }
  }
}

function statusLabel({ isSent, outcome }: RequestContext, response: Response): string {
  return isSent ? String(outcome.statusAfterStart ?? response.statusCode) : CLIENT_GONE;
}
