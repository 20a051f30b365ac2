import { items, member } from '../json/unknown-json';
import { isMessage } from './proto-message';

/** Details that are about the request; others name the account's project, or quote Google's own servers. */
const PUBLIC_DETAILS = /google\.rpc\.(BadRequest|LocalizedMessage)$/;

/**
 * Google's own words on a request that is invalid, fit for its client: `code`, `message`, `status` and the details
 * about its fields. Undefined for anything that is not Google's 400.
 *
 * @param body of the response, parsed
 */
export function googleRejection(body: unknown): object | undefined {
  const error = member(items(body)[0] ?? body, 'error');
  if (!isMessage(error) || error['code'] !== 400 || typeof error['message'] !== 'string') {
    return undefined;
  }
  const { code, message, status, details } = error;
  const shown = items(details).filter((detail) =>
    PUBLIC_DETAILS.test(String(member(detail, '@type'))),
  );
  return {
    error: {
      code,
      message,
      status: typeof status === 'string' ? status : 'INVALID_ARGUMENT',
      ...(shown.length > 0 ? { details: shown } : {}),
    },
  };
}
