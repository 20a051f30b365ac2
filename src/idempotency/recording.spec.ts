import type { Response } from 'express';
import { GatewayError } from '../errors/gateway-error';
import { JsonBlob } from '../json/json-blob';
import { Recording, type Recorded } from './recording';
import { LOCAL_WARNING } from './shared-records';

const REFUSED = new GatewayError({
  kind: 'invalid_request',
  param: null,
  code: null,
  message: 'x',
});
const FULL = new GatewayError({ kind: 'overloaded', retryAfterSeconds: 5 });
const EVENT = { name: 'completed', data: { index: 0 } };

function start(headers: Record<string, number | string | string[]> = {}) {
  const told: Recorded[] = [];
  const response = { statusCode: 200, getHeaders: () => headers } as unknown as Response;
  const recording = new Recording(response, (recorded) => told.push(recorded));
  return { recording, told };
}

describe('Recording', () => {
  it.each<[string, (recording: Recording) => void, object | undefined]>([
    [
      'a response',
      (recording) => {
        recording.json({ a: 1 });
      },
      { kind: 'response', response: { status: 200, body: { a: 1 } } },
    ],
    [
      'a stream with its last line',
      (recording) => {
        recording.event(EVENT);
        recording.end('[DONE]');
      },
      { kind: 'response', response: { events: [EVENT], lastData: '[DONE]' } },
    ],
    [
      'a stream that has not ended',
      (recording) => {
        recording.event(EVENT);
      },
      undefined,
    ],
    [
      'a fault',
      (recording) => {
        recording.fail(FULL);
      },
      { kind: 'fault', error: FULL },
    ],
    [
      'a stream whose fault would come again, with its event',
      (recording) => {
        recording.event(EVENT);
        recording.breakOff(REFUSED);
        recording.event({ data: 'refused' });
        recording.end(undefined);
      },
      { kind: 'response', response: { events: [EVENT, { data: 'refused' }] } },
    ],
    [
      'a stream whose fault may pass',
      (recording) => {
        recording.event(EVENT);
        recording.breakOff(FULL);
      },
      { kind: 'fault', error: FULL },
    ],
    [
      'a refusal that no event will tell, as its client has gone',
      (recording) => {
        recording.event(EVENT);
        recording.fail(REFUSED);
      },
      { kind: 'fault', error: REFUSED },
    ],
    [
      'nothing',
      (recording) => {
        recording.giveUp();
      },
      { kind: 'nothing' },
    ],
  ])('comes to %s', (_name, record, recorded) => {
    const { recording, told } = start();
    record(recording);
    expect(told).toMatchObject(recorded === undefined ? [] : [recorded]);
  });

  it('logs it once', () => {
    const { recording, told } = start();
    recording.json({ a: 1 });
    recording.fail(FULL);
    recording.giveUp();
    recording.json({ a: 2 });
    expect(told).toHaveLength(1);
  });

  it('reports the recorded images, and keeps none of them', () => {
    const { recording, told } = start();
    const image = new JsonBlob([Buffer.from('QUJD')], true);
    recording.image(image, 'image/png');
    recording.json({ data: image });
    recording.image(image, 'image/png');
    expect(told).toMatchObject([{ images: [{ data: image, mimeType: 'image/png' }] }]);
    expect(Reflect.get(recording, 'images')).toMatchObject({ list: [] });
  });

  it('keeps the headers that describe the response', () => {
    const { recording, told } = start({
      'x-images-returned': 1,
      'x-image-model': 'm',
      'x-account-email': 'one@test',
      'x-mapping-warning': ['size', LOCAL_WARNING],
      'x-request-id': 'req_1',
      'x-cost-usd': '0.1',
      'x-ratelimit-remaining-images': '1',
      'content-length': 5,
    });
    recording.json({});
    const [recorded] = told;
    expect(recorded?.kind === 'response' && recorded.response.headers).toEqual({
      'x-images-returned': '1',
      'x-image-model': 'm',
      'x-account-email': 'one@test',
      'x-mapping-warning': 'size',
    });
  });
});
