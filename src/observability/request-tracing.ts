import { Inject, Injectable, Optional } from '@nestjs/common';
import type { Request, Response } from 'express';
import { microUsdOf, toUsd } from '../context/image-record';
import type { RequestContext } from '../context/request-context';
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
    if (this.tracing === undefined) {
      return;
    }
    const path = requestPath(request);
    if (isProbe(path)) {
      return;
    }
    const span = this.tracing.startRequest(request.method, request.headers);
    context.trace = span;
    if (!span.isRecorded) {
      return;
    }
    // Read now, because a closed socket no longer has the peer's address, on which they depend.
    const client = context.clientAddress;
    const [host, scheme] = [hostOf(request), schemeOf(request)];
    const end = (endedAt: number): void => {
      const route = routeLabel(request.route as unknown);
      if (route !== UNMATCHED) {
        span.rename(nameOf(request.method, route));
      }
      const { id, api, consumer, outcome, isSent } = context;
      const { images, limit, records } = outcome;
      const status = statusOf(context, response);
      const { address, port } = authorityOf(host);
      const template = route === UNMATCHED ? undefined : route;
      const attributes = {
        'http.request.method': request.method,
        'url.scheme': scheme,
        // Some paths contain an account's email, which ACCOUNT_HEADER may hide.
        'url.path': route.includes(':email') ? route : path,
        'url.template': template,
        'http.route': template,
        'server.address': address,
        'server.port': port,
        'network.protocol.version': request.httpVersion,
        'user_agent.original': request.headers['user-agent']?.slice(0, MAX_VALUE_LENGTH),
        'easel.request_id': id,
        'easel.api': api,
        'easel.consumer': consumer?.name,
        'easel.limit': limit,
        'gen_ai.request.model': images?.model,
        'easel.image.size': images?.size,
        'easel.image.aspect_ratio': images?.ratio,
        'easel.images.requested': images?.requested,
        'easel.images.returned': images?.returned,
        'easel.attempts': images?.attempts,
        'easel.cost_usd': images && toUsd(microUsdOf(records)),
        'client.address': client,
        'http.response.status_code': isSent ? response.statusCode : undefined,
        'error.type': errorTypeOf(context, status),
      };
      // By the conventions, a fault of the request is not an error of its server.
      const fault = status !== undefined && status >= 500 ? outcome.fault : undefined;
      span.end(attributes, fault, endedAt);
    };
    context.onClosed(() => {
      const endedAt = performance.now();
      if (context.isSent) {
        end(endedAt);
      } else {
        // The images of a client that has disconnected have just been aborted. What the calls before
        // have cost is recorded once they notice.
        setImmediate(end, endedAt);
      }
    });
  }
}

/** The names of spans by route and method. A new text each time would take longer to encode. */
const NAMES = new Map<string, Map<string, string>>();

function nameOf(method: string, route: string): string {
  let ofRoute = NAMES.get(route);
  if (ofRoute === undefined) {
    ofRoute = new Map();
    NAMES.set(route, ofRoute);
  }
  let name = ofRoute.get(method);
  if (name === undefined) {
    name = `${method} ${route}`;
    ofRoute.set(method, name);
  }
  return name;
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

/** Express decides first whether to trust the proxy, even if the client has sent no such header. */
function hostOf(request: Request): string | undefined {
  const { host, 'x-forwarded-host': forwarded } = request.headers;
  return forwarded === undefined ? host : request.host;
}

function schemeOf(request: Request): string {
  return request.headers['x-forwarded-proto'] === undefined
    ? (request.socket as { encrypted?: boolean }).encrypted === true
      ? 'https'
      : 'http'
    : request.protocol;
}

interface Authority {
  readonly host: string | undefined;
  readonly address: string | undefined;
  readonly port: number | undefined;
}

/** Nearly all requests name the same host. To parse it took a tenth of the time for all spans. */
let lastAuthority: Authority = { host: undefined, address: undefined, port: undefined };

function authorityOf(host: string | undefined): Authority {
  if (host !== lastAuthority.host) {
    const [, address, port] =
      /^(.*?)(?::(\d{1,5}))?$/.exec(host?.slice(0, MAX_VALUE_LENGTH) ?? '') ?? [];
    lastAuthority = {
      host,
      address: address || undefined,
      port: port === undefined ? undefined : Number(port),
    };
  }
  return lastAuthority;
}
