import { GatewayError, type GatewayErrorKind } from '../errors/gateway-error';
import type { Generated } from './generated-image';

/** How one of the n images ended. If text is wanted, it may take the image's place. */
export type ImageOutcome =
  | { readonly ok: true; readonly image: Generated }
  | { readonly ok: false; readonly error: GatewayError };

/**
 * The successful results, in the requested order.
 *
 * @throws GatewayError the most actionable one, if there are none
 */
export function mergeImages(outcomes: readonly ImageOutcome[]): readonly Generated[] {
  const images = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.image] : []));
  if (images.length > 0) {
    return images;
  }
  throw mostActionableError(outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.error])));
}

/** The error, among those of all images, that the caller can do most about. */
export function mostActionableError([first, ...others]: readonly GatewayError[]): GatewayError {
  return first === undefined
    ? new GatewayError({ kind: 'internal' })
    : others.reduce((best, next) => (rank(next) < rank(best) ? next : best), first);
}

/** Faults that the caller can fix come first, then those that pass with time, then the rest. */
const ORDER: readonly GatewayErrorKind[] = [
  'invalid_request',
  'request_too_large',
  'model_not_found',
  'moderation_blocked',
  'rate_limited',
  'quota_exhausted',
  'overloaded',
  'shutting_down',
  'upstream_timeout',
  'no_image',
  'upstream_error',
  'no_account_available',
];

function rank(error: GatewayError): number {
  const index = ORDER.indexOf(error.fault.kind);
  return index < 0 ? ORDER.length : index;
}
