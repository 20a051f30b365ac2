import { GatewayError, type GatewayFault } from '../errors/gateway-error';
import type { GeminiFailureKind } from '../gemini/gemini-failure';
import { faultOfFailure } from '../attempts/attempt-step';
import type { GeneratedImage } from './generated-image';
import { mergeImages, type ImageOutcome } from './merged-images';

const image = (accountEmail: string) => ({ accountEmail }) as GeneratedImage;
const came = (accountEmail: string): ImageOutcome => ({ ok: true, image: image(accountEmail) });
const failed = (fault: GatewayFault, accountEmail?: string): ImageOutcome => ({
  ok: false,
  error: new GatewayError(fault, { accountEmail }),
});

const FAULTS: readonly GatewayFault[] = [
  { kind: 'invalid_request', message: '', param: null, code: null },
  { kind: 'request_too_large', message: '' },
  { kind: 'model_not_found', model: 'm' },
  { kind: 'moderation_blocked', modelFamily: 'other' },
  { kind: 'rate_limited', retryAfterSeconds: 1 },
  { kind: 'quota_exhausted' },
  { kind: 'overloaded', retryAfterSeconds: 1 },
  { kind: 'shutting_down' },
  { kind: 'upstream_timeout', message: '' },
  { kind: 'no_image', message: '' },
  { kind: 'upstream_error', message: '', shouldRetry: true },
  { kind: 'no_account_available', message: '' },
  { kind: 'internal' },
];

/** Every kind of failed call: the compiler tells when one is missing. */
const FAILURE_KINDS: Readonly<Record<GeminiFailureKind, true>> = {
  invalid_request: true,
  request_too_large: true,
  refused: true,
  account_unusable: true,
  model_forbidden: true,
  model_missing: true,
  rate_limit: true,
  quota: true,
  transient: true,
  stale_connection: true,
  stale_token: true,
  unreachable: true,
  overloaded: true,
  timeout: true,
  upstream_deadline: true,
  no_image: true,
  cut_short: true,
  response_too_large: true,
};

function thrown(outcomes: readonly ImageOutcome[]): unknown {
  try {
    return mergeImages(outcomes);
  } catch (error) {
    return error;
  }
}

describe('mergeImages', () => {
  it('keeps the order of the request and omits failures', () => {
    const outcomes = [came('a'), failed({ kind: 'quota_exhausted' }), came('b'), came('a')];
    expect(mergeImages(outcomes).map((one) => one.accountEmail)).toEqual(['a', 'b', 'a']);
  });

  it('throws the most actionable error if all fail, whatever their order', () => {
    for (const [index, graver] of FAULTS.entries()) {
      for (const milder of FAULTS.slice(index + 1)) {
        for (const outcomes of [
          [failed(graver), failed(milder)],
          [failed(milder), failed(graver)],
        ]) {
          expect(thrown(outcomes)).toMatchObject({ fault: graver });
        }
      }
    }
  });

  it.each(Object.keys(FAILURE_KINDS) as GeminiFailureKind[])(
    'ranks the error of %s before an internal error',
    (kind) => {
      const fault = faultOfFailure(
        { kind, reason: kind },
        { modelFamily: 'other' },
        () => undefined,
      );
      expect(thrown([failed({ kind: 'internal' }), failed(fault)])).toMatchObject({ fault });
    },
  );

  it('throws the first of equals, with its account', () => {
    const outcomes = [
      failed({ kind: 'quota_exhausted' }, 'a'),
      failed({ kind: 'quota_exhausted' }, 'b'),
    ];
    expect(thrown(outcomes)).toMatchObject({ accountEmail: 'a' });
  });
});
