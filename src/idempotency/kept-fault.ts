import { GatewayError, type GatewayFault } from '../errors/gateway-error';
import { openAiError } from '../errors/openai-error';

/** The fault of an earlier request, so that it can be repeated verbatim. */
interface KeptFault {
  readonly fault: GatewayFault;
  readonly accountEmail?: string | undefined;
  /** Quoted by some messages. */
  readonly requestId: string;
}

/** A URL that could not be fetched may work at the next attempt. */
const MAY_PASS: ReadonlySet<string | null> = new Set(['failed_to_download_image']);

/**
 * Whether the same request would fail in the same way again: refusals, and faults of the request
 * itself.
 */
export function isKeptFault(fault: GatewayFault): boolean {
  const { status, body } = openAiError(fault, '');
  return status === 400 && !MAY_PASS.has(body.error.code);
}

export function faultContent({ fault, accountEmail }: GatewayError, requestId: string): string {
  return JSON.stringify({ fault, accountEmail, requestId } satisfies KeptFault);
}

export function errorOf(content: string): GatewayError {
  const { fault, accountEmail, requestId } = JSON.parse(content) as KeptFault;
  return new GatewayError(fault, { accountEmail, quotedId: requestId });
}
