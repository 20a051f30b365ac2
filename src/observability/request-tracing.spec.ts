import type { Request, Response } from 'express';
import type { RequestContext } from '../context/request-context';
import { samplerOf } from '../tracing/sampler';
import { SpanIds } from '../tracing/span-ids';
import type { SpanRecorder, TraceSpan } from '../tracing/trace-span';
import { Tracing } from '../tracing/tracing';
import { RequestTracing } from './request-tracing';

const REQUEST = {
  method: 'POST',
  originalUrl: '/v1/images/generations',
  httpVersion: '1.1',
  headers: { host: 'easel.test:3000' },
  socket: {},
  route: { path: '/v1/images/generations' },
} as unknown as Request;

/** The span of a request that is closed now; what it cost is recorded a moment later. */
async function spanOf(isSent: boolean): Promise<TraceSpan | undefined> {
  const ended: TraceSpan[] = [];
  const tracing = new Tracing({
    sampler: samplerOf({ OTEL_TRACES_SAMPLER: 'always_on' }, 'obeyed', () => undefined),
    recorder: {
      resource: {} as SpanRecorder['resource'],
      instrumentationScope: { name: 'easel' },
      ids: new SpanIds(),
      limits: undefined,
      record: (span) => ended.push(span),
    },
    continuesTraces: true,
    shutDown: () => Promise.resolve(),
  });
  const records = [{ microUsd: 13_000 }];
  let close = (): void => undefined;
  const context = {
    isSent,
    outcome: { images: { model: 'gemini-3-pro-image' }, records },
    onClosed: (listener: () => void) => {
      close = listener;
    },
  } as unknown as RequestContext;
  new RequestTracing(tracing).watch(context, REQUEST, { statusCode: 200 } as Response);
  close();
  void Promise.resolve().then(() => records.push({ microUsd: 134_000 }));
  await new Promise((resolve) => setImmediate(resolve));
  return ended[0];
}

it.each([
  ['whose response was sent has', true, 0.013],
  ['whose client has disconnected waits for', false, 0.147],
])('the span of a request %s the cost', async (_what, isSent, cost) => {
  const span = await spanOf(isSent);
  expect(span?.name).toBe('POST /v1/images/generations');
  expect(span?.attributes).toMatchObject({ 'easel.cost_usd': cost, 'server.port': 3000 });
  expect(span?.endedAt).toBeGreaterThanOrEqual(span?.startedAt ?? Infinity);
});
