import type { GatewayFault } from './gateway-error';
import { googleError, googleErrorBody, type GoogleErrorBody } from './google-error';
import { openAiError, type OpenAiErrorBody } from './openai-error';

/** The APIs that have their own error object. */
export type ErrorDialect = 'openai' | 'google';

/** A fault as a client sees it. */
export interface ErrorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: OpenAiErrorBody | GoogleErrorBody;
}

/** Renders a fault in the error object of an API; no other code makes this choice. */
export function errorResponse(
  dialect: ErrorDialect,
  fault: GatewayFault,
  requestId: string,
  now: number,
): ErrorResponse {
  switch (dialect) {
    case 'openai':
      return openAiError(fault, requestId);
    case 'google':
      return googleError(fault, requestId, now);
  }
}

/** The error object for input that was not HTTP, and so is not a fault of the union. */
export function brokenRequestBody(
  dialect: ErrorDialect,
  status: number,
  message: string,
): ErrorResponse['body'] {
  switch (dialect) {
    case 'openai':
      return { error: { message, type: 'invalid_request_error', param: null, code: null } };
    case 'google':
      return googleErrorBody(status, message);
  }
}
