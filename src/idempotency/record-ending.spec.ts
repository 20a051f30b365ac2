import { GatewayError, type GatewayFault } from '../errors/gateway-error';
import type { FirstOutcome } from './first-request';
import { endingOf, outcomeOf } from './record-ending';

const NOW = 1_000_000;
const TTL_SECONDS = 60;
const KEPT_UNTIL = NOW + 60_000;
const SHOWN_UNTIL = NOW + 10_000;

const faultOf = (fault: GatewayFault): FirstOutcome => ({
  kind: 'fault',
  error: new GatewayError(fault),
  requestId: 'req_1',
});

describe('endingOf', () => {
  it.each<[string, FirstOutcome, object]>([
    [
      'a response that is kept',
      { kind: 'kept', content: 'x' },
      { state: 'kept', content: 'x', expiresAt: KEPT_UNTIL },
    ],
    ['what nobody knows', { kind: 'nothing' }, { state: 'failed', content: null, expiresAt: 0 }],
    [
      'what nothing has room for',
      {
        kind: 'shared',
        opened: { response: { status: 200, headers: {} }, images: [] },
        hold: () => () => undefined,
      },
      { state: 'failed', content: null, expiresAt: 0 },
    ],
    [
      'what is wrong with the request',
      faultOf({ kind: 'invalid_request', param: null, code: null, message: 'x' }),
      { state: 'kept', expiresAt: KEPT_UNTIL },
    ],
    [
      'a download that may pass',
      faultOf({
        kind: 'invalid_request',
        param: null,
        code: 'failed_to_download_image',
        message: 'x',
      }),
      { state: 'failed', expiresAt: SHOWN_UNTIL },
    ],
    [
      'a gateway that is full',
      faultOf({ kind: 'overloaded', retryAfterSeconds: 5 }),
      { state: 'failed', expiresAt: SHOWN_UNTIL },
    ],
    [
      'a fault of our own',
      faultOf({ kind: 'internal' }),
      { state: 'failed', expiresAt: SHOWN_UNTIL },
    ],
  ])('of %s', (_name, outcome, ending) => {
    expect(endingOf(outcome, 'req_1', TTL_SECONDS, NOW)).toMatchObject(ending);
  });

  it('stores a fault with its original message', () => {
    const fault = { kind: 'overloaded', retryAfterSeconds: 5 } as const;
    const error = new GatewayError(fault, { accountEmail: 'one@test' });
    const { content } = endingOf({ kind: 'fault', error, requestId: 'x' }, 'req_1', 60, NOW);
    const again = outcomeOf(content ?? '');
    expect(again).toMatchObject({
      kind: 'fault',
      error: { fault, accountEmail: 'one@test', options: { quotedId: 'req_1' } },
    });
  });

  it('treats everything else as the location of a response', () => {
    expect(outcomeOf('memory:1')).toEqual({ kind: 'kept', content: 'memory:1' });
  });
});
