import type { IncomingMessage, ServerResponse } from 'node:http';
import pino from 'pino';
import type { Options } from 'pino-http';
import pretty from 'pino-pretty';
import type { AppConfig } from '../config/app-config';
import { isSent, notesOn, noteWhenSent } from './answer-notes';
import { requestIdOf } from '../context/request-id';

/** A path is the client's text and may be as long as a header. */
const LONGEST_PATH = 200;

/** The process's one logger: JSON lines for machines, or readable ones for a person. */
export function createLogger(log: AppConfig['log']): pino.Logger {
  const isPretty = log.format === 'pretty' || (log.format === undefined && process.stdout.isTTY);
  const options: pino.LoggerOptions = {
    level: log.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return isPretty ? pino(options, pretty({ singleLine: true, sync: true })) : pino(options);
}

/**
 * How requests are logged: one line when each is answered, every line with the request's id, and
 * nothing but what is listed here. Prompts, keys, headers and image bytes have no way in.
 */
export function requestLogOptions(logger: pino.Logger): Options {
  return {
    logger,
    genReqId: (request, response) => {
      noteWhenSent(request, response);
      const id = requestIdOf(request.headers['x-request-id']);
      response.setHeader('X-Request-Id', id);
      return id;
    },
    // Bind the id alone: whole request and response objects would carry the client's key.
    quietReqLogger: true,
    quietResLogger: true,
    serializers: { req: () => undefined, res: () => undefined },
    customAttributeKeys: { reqId: 'requestId' },
    customLogLevel: (request, response) => levelOf(pathOf(request), response),
    customSuccessObject: (request, response, value: { responseTime: number }) =>
      summary(request, response, value.responseTime),
    customErrorObject: (request, response, _error, value: { responseTime: number }) =>
      summary(request, response, value.responseTime),
    customSuccessMessage: messageOf,
    customErrorMessage: messageOf,
  };
}

/** Probes and scrapes come every few seconds, and what makes one fail has a line of its own. */
function levelOf(path: string, response: ServerResponse): pino.Level {
  if (/^\/(healthz|readyz|metrics)\/?$/i.test(path)) {
    return 'debug';
  }
  const { failedWith } = notesOn(response);
  const status = typeof failedWith === 'number' ? failedWith : response.statusCode;
  return status >= 500 ? 'error' : 'info';
}

function messageOf(request: IncomingMessage, response: ServerResponse): string {
  const call = `${request.method ?? ''} ${pathOf(request)}`;
  return isSent(response) ? `${call} ${response.statusCode}` : `${call}: the client has gone`;
}

function summary(
  request: IncomingMessage,
  response: ServerResponse,
  ms: number,
): Record<string, unknown> {
  return {
    method: request.method,
    path: pathOf(request),
    ...(isSent(response) ? { status: response.statusCode } : {}),
    ms,
    ...toldOf(response),
  };
}

/** Without the query string, which may hold a key. */
function pathOf(request: IncomingMessage): string {
  const url = 'originalUrl' in request ? String(request.originalUrl) : (request.url ?? '');
  return (url.split('?', 1)[0] ?? '').slice(0, LONGEST_PATH);
}

/** What the controller, the error filter and a stream that failed midway have noted about this answer. */
function toldOf(response: ServerResponse): Record<string, unknown> {
  const { images, fault, failedWith } = notesOn(response);
  const notes = { images, fault, failedWith };
  return Object.fromEntries(Object.entries(notes).filter(([, note]) => note !== undefined));
}
