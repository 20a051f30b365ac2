import { contentFaults } from './content-check';
import { conversationOf, promptTokens } from './conversation';
import { findModel } from './emulator-models';
import { invalidArgument, invalidPayload, unknownModel } from './google-error';
import type { GoogleError } from './google-error';
import { readMessage } from './proto-json';
import { messageOf, messagesOf, stringOf } from './proto-member';
import type { CallTarget } from './request-check';
import { REQUEST_SCHEMA } from './request-proto';

export type TokenCount =
  | { readonly ok: true; readonly value: object }
  | { readonly ok: false; readonly error: GoogleError };

/** The response of countTokens, for `contents` alone or a whole generateContent request. Pure. */
export function countTokens(target: CallTarget, body: unknown): TokenCount {
  const { message, violations } = readMessage(REQUEST_SCHEMA, 'CountTokensRequest', body);
  if (violations.length > 0) {
    return { ok: false, error: invalidPayload(violations) };
  }
  const model = findModel(target.model);
  if (model === undefined) {
    return {
      ok: false,
      error: unknownModel(target.model, target.apiVersion, target.method),
    };
  }
  const whole = messageOf(message, 'generateContentRequest');
  if (whole !== undefined && messagesOf(message, 'contents').length > 0) {
    return {
      ok: false,
      error: invalidArgument('Only one of contents and generate_content_request may be set.'),
    };
  }
  if (whole !== undefined && stringOf(whole, 'model') === '') {
    return {
      ok: false,
      error: invalidArgument('* GenerateContentRequest.model: model is not specified\n'),
    };
  }
  const counted = whole ?? message;
  const fault = contentFaults(counted, model);
  if (fault !== undefined) {
    return { ok: false, error: fault };
  }
  const { total, details } = promptTokens(conversationOf(counted), model);
  return { ok: true, value: { totalTokens: total, promptTokensDetails: details } };
}
