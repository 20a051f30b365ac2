import { items, member } from '../json/unknown-json';
import { isMessage } from './proto-message';

/** Google's error object, without internal details. */
export interface GoogleRejection {
  readonly error: {
    readonly code: number;
    readonly message: string;
    readonly status: string;
    readonly details?: readonly unknown[];
  };
}

/**
 * The details that concern the request; others name the account's project, or quote Google's own
 * servers.
 */
const PUBLIC_DETAILS = /google\.rpc\.(BadRequest|LocalizedMessage)$/;

/**
 * Google's own error for an invalid request, in a form that a client may see: `code`, `message`,
 * `status` and the details about its fields. Undefined for anything but Google's 400, or its 403 or
 * 404 about something that the request names.
 *
 * @param body of the response, parsed
 */
export function googleRejection(body: unknown): GoogleRejection | undefined {
  const error = member(items(body)[0] ?? body, 'error');
  if (!isMessage(error) || !isRejecting(error['code']) || typeof error['message'] !== 'string') {
    return undefined;
  }
  const { code, message, status, details } = error;
  const shown = items(details).filter((detail) =>
    PUBLIC_DETAILS.test(String(member(detail, '@type'))),
  );
  return {
    error: {
      code: Number(code),
      message,
      status: typeof status === 'string' ? status : 'INVALID_ARGUMENT',
      ...(shown.length > 0 ? { details: shown } : {}),
    },
  };
}

function isRejecting(code: unknown): boolean {
  return code === 400 || code === 403 || code === 404;
}
