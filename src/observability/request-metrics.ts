import { performance } from 'node:perf_hooks';
import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { isSent, notesOn } from './answer-notes';
import { imageOutcomes } from './image-outcomes';
import { Metrics } from './metrics';
import { routeLabel } from './route-label';

/** As nginx's log has it: the client has gone before it had its answer. */
const CLIENT_GONE = '499';

/** Counts every request once it is over. */
@Injectable()
export class RequestMetrics {
  constructor(private readonly metrics: Metrics) {}

  /** To be told of each request when it comes in: one listener is all that it costs until the end. */
  watch(request: Request, response: Response): void {
    const startedAt = performance.now();
    response.once('close', () => {
      this.count(request, response, (performance.now() - startedAt) / 1000);
    });
  }

  private count(request: Request, response: Response, seconds: number): void {
    const { fault, images } = notesOn(response);
    const { method } = request;
    // Now that it is over, the route is the last that the router has tried.
    const route = routeLabel(request.route as unknown);
    this.metrics.countRequest({ method, route, status: statusOf(response) }, seconds);
    if (typeof fault === 'string') {
      this.metrics.countFault(fault);
    }
    for (const { model, outcome, count } of imageOutcomes(images, isSent(response))) {
      this.metrics.countImages(model, outcome, count);
    }
  }
}

function statusOf(response: Response): string {
  if (!isSent(response)) {
    return CLIENT_GONE;
  }
  const { failedWith } = notesOn(response);
  return String(typeof failedWith === 'number' ? failedWith : response.statusCode);
}
