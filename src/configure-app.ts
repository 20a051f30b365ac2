import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import cors from 'cors';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { Logger } from 'nestjs-pino';
import type pino from 'pino';
import { AppModule, type ConfiguredEntries } from './app.module';
import type { AppConfig } from './config/app-config';
import { prepareGeminiRequest } from './gemini-api/prepare-gemini-request';
import { respondToBrokenRequests } from './http/errors/broken-request';
import { holdBackContinue } from './http/bodies/expect-continue';
import { GatewayError } from './errors/gateway-error';
import { foreignPageFault, isFilePath } from './http/auth/foreign-page';
import { acceptAbsoluteTargets } from './http/routing/absolute-target';
import { EXPOSED_FILE_HEADERS, EXPOSED_HEADERS } from './exposed-headers';
import { checkFraming } from './http/routing/message-framing';
import { aliasedRoute } from './http/routing/route-alias';
import { RouteTable } from './http/routing/route-table';
import { ROUTE_ALIASES } from './route-aliases';
import { apiOfRoute } from './route-apis';
import { contextOf, RequestContexts } from './context/request-contexts';
import { shareTurns } from './http/lifecycle/connection-turns';
import { Drain } from './http/lifecycle/drain';
import { closeUnfinishedRequests } from './http/lifecycle/unfinished-request';
import { PreparedExpressAdapter } from './http/lifecycle/prepared-express.adapter';
import { createLogger } from './observability/logger';
import { RequestLog } from './observability/request-log';
import { RequestMetrics } from './observability/request-metrics';
import { RequestTracing } from './observability/request-tracing';
import { serveSwaggerUi } from './swagger-ui';

/**
 * How long idle connections are kept: longer than load balancers do, so that those close first.
 * Google's keep them for 600 s. Others must be set above REQUEST_DEADLINE_MS, which is as long.
 */
const KEEP_ALIVE_MS = 720_000;

/** Creates the application, ready to listen; tests use the same function as production. */
export function createApp(
  config: AppConfig,
  entries: ConfiguredEntries,
  logger: pino.Logger = createLogger(config.log),
): Promise<NestExpressApplication> {
  return createAppOf(AppModule.forRoot(config, entries, logger), config);
}

/** @param root the AppModule, or one that imports it */
export async function createAppOf(
  root: DynamicModule,
  config: AppConfig,
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(root, new PreparedExpressAdapter(), {
    // Nest would read bodies before the guard has checked the key; another guard reads them after
    // it.
    bodyParser: false,
    // A fault at start is thrown to the caller, which may be a test.
    abortOnError: false,
    // Nest logs each module and route at start; only problems are worth a line.
    logger: ['warn', 'error', 'fatal'],
  });
  configureApp(app, config);
  await app.init();
  app.useLogger(app.get(Logger));
  return app;
}

function configureApp(app: NestExpressApplication, config: AppConfig): void {
  app.use(openContext(app));
  app.disable('x-powered-by');
  app.set('trust proxy', [...config.server.access.trustedProxies]);
  // Responses are images: hashing 20 MB for an ETag that no client revalidates would be wasted.
  app.disable('etag');
  app.use(secureHeaders());
  app.use(crossOrigin(config.server.corsOrigins));
  app.use(requestGate(config));
  app.use(decodablePath);
  app.use(aliasedPaths(app));
  serveSwaggerUi(app, config);
  app.enableShutdownHooks(undefined, { useProcessExit: true });

  const server = app.getHttpServer();
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  acceptAbsoluteTargets(server);
  holdBackContinue(server);
  shareTurns(server);
  closeUnfinishedRequests(server);
  respondToBrokenRequests(server);
}

/**
 * The very first middleware: creates the request's context, and starts tracing, logging and
 * counting it.
 */
function openContext(app: NestExpressApplication): RequestHandler {
  const contexts = app.get(RequestContexts);
  const log = app.get(RequestLog);
  const metrics = app.get(RequestMetrics);
  const tracing = app.get(RequestTracing);
  const drain = app.get(Drain);
  const routes = app.get(RouteTable);
  return (request, response, next) => {
    const context = contexts.open(response);
    response.setHeader('X-Request-Id', context.id);
    tracing.watch(context, request, response);
    if (drain.hasBegun) {
      // A proxy must not keep the connection for another request, which would not be served.
      response.setHeader('Connection', 'close');
    }
    prepareGeminiRequest(request, context);
    // Before anything can reject the request.
    context.api ??= apiOfRoute(request.path, (real) => routes.has(real));
    log.watch(context, request, response);
    metrics.watch(context, request, response);
    next();
  };
}

function secureHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      directives: {
        imgSrc: ["'self'", 'data:'],
        // It would make browsers request Swagger UI's scripts over https from a server that only
        // has http.
        upgradeInsecureRequests: null,
      },
    },
    strictTransportSecurity: false,
  });
}

/** CORS. Only true preflights end here; any other OPTIONS request is passed on to the routes. */
function crossOrigin(origins: AppConfig['server']['corsOrigins']): RequestHandler {
  const handleFile = cors({ origin: '*', exposedHeaders: [...EXPOSED_FILE_HEADERS], maxAge: 600 });
  const handleCall = cors({
    origin: origins === '*' ? '*' : [...origins],
    exposedHeaders: [...EXPOSED_HEADERS],
    maxAge: 600,
  });
  return (request, response, next) => {
    // Any page may show a hosted image, whichever pages may call the API.
    const handle = isFilePath(request.path) ? handleFile : handleCall;
    const isPreflight = request.headers['access-control-request-method'] !== undefined;
    if (request.method === 'OPTIONS' && !isPreflight) {
      next();
    } else {
      handle(request, response, next);
    }
  };
}

/**
 * Rejects messages that are not properly framed HTTP and, without keys, requests from foreign web
 * pages.
 */
function requestGate({ auth, server }: AppConfig): RequestHandler {
  const rules = { corsOrigins: server.corsOrigins, allowedHosts: server.access.allowedHosts };
  return (request, _response, next) => {
    checkFraming(request);
    if (auth.mode === 'off') {
      const { origin, host } = request.headers;
      const fault = foreignPageFault({ origin, host, path: request.path }, rules);
      if (fault !== undefined) {
        throw new GatewayError(fault);
      }
    }
    next();
  };
}

/**
 * The router would reject a path that cannot be decoded before the guard has checked the key. With
 * its percent signs taken literally it is an ordinary unknown path.
 */
function decodablePath(request: Request, _response: Response, next: NextFunction): void {
  if (!request.url.startsWith('/')) {
    // `OPTIONS *` has no path at all, so the router would not pass it to the guard.
    request.url = `/${request.url}`;
  }
  try {
    decodeURIComponent(request.path);
  } catch {
    request.url = request.url.replaceAll('%', '%25');
  }
  next();
}

/** Replaces an alias path with that of its route, before anything depends on the path. */
function aliasedPaths(app: NestExpressApplication): RequestHandler {
  const routes = app.get(RouteTable);
  return (request, response, next) => {
    const { path } = request;
    const route = aliasedRoute(path, ROUTE_ALIASES, (real) => routes.has(real));
    if (route !== undefined) {
      // The log uses Express' `originalUrl`, which is the client's.
      request.url = `${route.path}${request.url.slice(path.length)}`;
      contextOf(response).modelInPath = route.model;
    }
    next();
  };
}
