import { Inject, Injectable, Optional } from '@nestjs/common';
import type { Request, Response } from 'express';
import { microUsdOf, toUsd } from '../context/image-record';
import type { RequestContext } from '../context/request-context';
import type { SpanAttributes } from '../tracing/span-attributes';
import type { TraceSpan } from '../tracing/trace-span';
import type { Tracing } from '../tracing/tracing';
import { TRACING } from '../tracing/tracing-token';
import { isProbe, requestPath } from './request-path';
import { routeLabel, UNMATCHED } from './route-label';

/** A header is text from the client. */
const MAX_VALUE_LENGTH = 200;

/** Begins a trace for each request, and records its outcome at the end. */
@Injectable()
export class RequestTracing {
  constructor(@Optional() @Inject(TRACING) private readonly tracing: Tracing | undefined) {}

  /** Called for each request when it arrives, before anything is logged about it. */
  watch(context: RequestContext, request: Request, response: Response): void {
    if (this.tracing === undefined || isProbe(requestPath(request))) {
      return;
    }
    const span = this.tracing.startRequest(request.method, request.headers);
    context.trace = span;
    if (!span.isRecorded) {
      return;
    }
    // Read now, because a closed socket no longer has it.
    const client = context.clientAddress;
    context.onClosed(() => {
      const route = routeLabel(request.route as unknown);
      if (route !== UNMATCHED) {
        span.rename(`${request.method} ${route}`);
      }
      const status = statusOf(context, response);
      // Separately, because combining them into one object takes longer than setting them.
      span.set(requestAttributes(request, route));
      setOutcome(span, context);
      span.set({
        'client.address': client,
        'http.response.status_code': context.isSent ? response.statusCode : undefined,
        'error.type': errorTypeOf(context, status),
      });
      // By the conventions, a fault of the request is not an error of its server.
      span.end(status !== undefined && status >= 500 ? context.outcome.fault : undefined);
    });
  }
}

/** Undefined if the client has disconnected: no client has seen the status of its response. */
function statusOf({ isSent, outcome }: RequestContext, response: Response): number | undefined {
  return isSent ? (outcome.statusAfterStart ?? response.statusCode) : undefined;
}

function errorTypeOf({ outcome }: RequestContext, status: number | undefined): string | undefined {
  if (status === undefined) {
    return 'client_gone';
  }
  return status >= 400 ? (outcome.fault ?? String(status)) : undefined;
}

function requestAttributes(request: Request, route: string): SpanAttributes {
  const { address, port } = authorityOf(request.host);
  return {
    'http.request.method': request.method,
    'url.scheme': request.protocol,
    // Some paths contain an account's email, which ACCOUNT_HEADER may hide.
    'url.path': route.includes(':email') ? route : requestPath(request),
    'url.template': route === UNMATCHED ? undefined : route,
    'http.route': route === UNMATCHED ? undefined : route,
    'server.address': address,
    'server.port': port,
    'network.protocol.version': request.httpVersion,
    'user_agent.original': request.headers['user-agent']?.slice(0, MAX_VALUE_LENGTH),
  };
}

function authorityOf(host: string | undefined): {
  readonly address: string | undefined;
  readonly port: number | undefined;
} {
  const [, address, port] =
    /^(.*?)(?::(\d{1,5}))?$/.exec(host?.slice(0, MAX_VALUE_LENGTH) ?? '') ?? [];
  return { address: address || undefined, port: port === undefined ? undefined : Number(port) };
}

function setOutcome(span: TraceSpan, { id, api, consumer, outcome }: RequestContext): void {
  const { images, limit, records } = outcome;
  span.set({
    'easel.request_id': id,
    'easel.api': api,
    'easel.consumer': consumer?.name,
    'easel.limit': limit,
  });
  if (images !== undefined) {
    span.set({
      'gen_ai.request.model': images.model,
      'easel.image.size': images.size,
      'easel.image.aspect_ratio': images.ratio,
      'easel.images.requested': images.requested,
      'easel.images.returned': images.returned,
      'easel.attempts': images.attempts,
      'easel.cost_usd': toUsd(microUsdOf(records)),
    });
  }
}
