import type { Account } from '../accounts/account';
import type { AppConfig } from '../config/app-config';
import type { ImageRecord } from '../context/image-record';
import type { GeminiFailure } from '../gemini/gemini-failure';
import { readTokenCounts } from '../pricing/token-counts';
import { SpanIds } from '../tracing/span-ids';
import { TraceSpan, type SpanRecorder } from '../tracing/trace-span';
import { ImageTrace } from './image-trace';

const TASK = { model: 'gemini-3-pro-image', aspectRatio: '16:9', imageSize: '2K', index: 1 };
const ACCOUNT = { email: 'a@test', provider: 'gemini', baseUrl: 'http://google.test' } as Account;
const OTHER = { ...ACCOUNT, email: 'b@test' };
const OVERLOADED = { kind: 'overloaded', reason: '503 UNAVAILABLE' } as GeminiFailure;
const RECORD = { account: 'b@test', microUsd: 134_000 } as ImageRecord;

let now = 0;

function at<T>(ms: number, work: () => T): T {
  now = ms;
  return work();
}

/** A request's span, and all that have ended. */
interface Traced {
  readonly request: TraceSpan;
  readonly ended: TraceSpan[];
}

function traced(flags = 1): Traced {
  const ended: TraceSpan[] = [];
  const recorder = {
    resource: {} as SpanRecorder['resource'],
    instrumentationScope: { name: 'easel' },
    ids: new SpanIds(),
    limits: undefined,
    record: (span: TraceSpan) => ended.push(span),
  };
  const trace = {
    recorder,
    id: '0af7651916cd43dd8448eb211c80319c',
    flags,
    state: undefined,
    remoteParent: undefined,
    clockOffset: 0,
  };
  return { request: TraceSpan.ofRequest(trace, 'POST'), ended };
}

function begin({ request }: Traced, task: Parameters<typeof ImageTrace.begin>[0] = TASK) {
  const config = { server: { accountHeader: 'email' } } as AppConfig;
  return ImageTrace.begin(task, { trace: request }, config) as ImageTrace;
}

/** Its spans, in the order of their starts; times are milliseconds since the request began. */
function spansOf({ request, ended }: Traced) {
  const start = request.startedAt;
  return [...ended]
    .sort((one, other) => one.startedAt - other.startedAt)
    .map(({ name, startedAt, endedAt, attributes, fault, eventList }) => ({
      name,
      from: startedAt - start,
      to: endedAt - start,
      attributes,
      fault,
      events: eventList.map((event) => ({ ...event, at: event.at - start })),
    }));
}

describe('ImageTrace', () => {
  beforeEach(() => {
    jest.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('tells when each call began and ended, what it waited for, and why it was repeated', () => {
    const trace = at(1000, () => traced());
    const image = at(1001, () => begin(trace));
    at(1011, () => {
      image.beginCall(ACCOUNT, now);
    });
    at(1030, () => {
      image.endCall({ failure: OVERLOADED }, undefined, now);
    });
    at(1031, () => {
      image.repeat(OVERLOADED, 50);
    });
    at(1086, () => {
      image.beginCall(OTHER, now);
    });
    const usageMetadata = {
      promptTokenCount: 7,
      candidatesTokenCount: 1120,
      totalTokenCount: 1127,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: 7 }],
      candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1120 }],
    };
    at(1100, () => {
      image.endCall(
        {
          billed: {
            modelVersion: TASK.model,
            usageMetadata,
            finishReasons: ['STOP'],
            images: 1,
          },
        },
        readTokenCounts(usageMetadata),
        now,
      );
    });
    at(1104, () => {
      image.end(RECORD, 'made');
    });
    at(1105, () => {
      trace.request.end({});
    });
    const [request, span, first, second] = spansOf(trace);
    expect(request).toMatchObject({ name: 'POST', from: 0, to: 105 });
    expect(span).toEqual({
      name: 'image',
      from: 1,
      to: 104,
      fault: undefined,
      attributes: {
        'easel.image.index': 1,
        'gen_ai.request.model': TASK.model,
        'easel.image.size': '2K',
        'easel.image.aspect_ratio': '16:9',
        'easel.image.attempts': 2,
        'easel.image.waited_ms': 15,
        'easel.account': 'b@test',
        'easel.cost_usd': 0.134,
      },
      events: [
        event('call repeated', 31, {
          'error.type': 'overloaded',
          'easel.reason': '503 UNAVAILABLE',
          'easel.wait_ms': 50,
        }),
      ],
    });
    expect(first).toMatchObject({
      name: 'generate_content gemini-3-pro-image',
      from: 11,
      to: 30,
      fault: '503 UNAVAILABLE',
      attributes: {
        'easel.account': 'a@test',
        'easel.wait_ms': 10,
        'error.type': 'overloaded',
      },
    });
    expect(first?.attributes).not.toHaveProperty(['http.request.resend_count']);
    expect(second).toMatchObject({
      from: 86,
      to: 100,
      fault: undefined,
      attributes: {
        'easel.account': 'b@test',
        'easel.wait_ms': 5,
        'http.request.resend_count': 1,
        'server.address': 'google.test',
        'gen_ai.usage.input_tokens': 7,
        'gen_ai.response.finish_reasons': ['STOP'],
      },
    });
    expect(second?.attributes).not.toHaveProperty(['error.type']);
  });

  it('calls what ended first with the request abandoned, and may end after it', () => {
    const trace = at(1000, () => traced());
    const image = at(1001, () => begin(trace, { ...TASK, isFree: true }));
    at(1002, () => {
      image.beginCall(ACCOUNT, now);
    });
    at(1010, () => {
      trace.request.end({});
    });
    at(1011, () => {
      image.endCall(undefined, undefined, now);
    });
    at(1012, () => {
      image.end(undefined, 'abandoned');
    });
    const spans = spansOf(trace);
    expect(spans).toMatchObject([
      { name: 'POST', from: 0, to: 10 },
      { name: 'image', from: 1, to: 12, fault: 'abandoned' },
      { name: 'count_tokens gemini-3-pro-image', from: 2, to: 11, fault: 'abandoned' },
    ]);
    expect(spans[1]?.attributes).not.toHaveProperty(['easel.account']);
    expect(spans[2]?.attributes).toMatchObject({ 'error.type': 'abandoned' });
    expect(spans[2]?.attributes).not.toHaveProperty(['gen_ai.output.type']);
  });

  it('has no call if no account was leased', () => {
    const trace = at(1000, () => traced());
    const image = at(1001, () => begin(trace));
    at(1500, () => {
      image.end(undefined, 'rate_limited');
      trace.request.end({});
    });
    expect(spansOf(trace)).toMatchObject([
      { name: 'POST', from: 0, to: 500 },
      {
        name: 'image',
        from: 1,
        to: 500,
        fault: 'rate_limited',
        attributes: { 'easel.image.attempts': 0, 'error.type': 'rate_limited' },
        events: [],
      },
    ]);
  });

  it('is not begun for a trace that is not recorded', () => {
    expect(begin(traced(0))).toBeUndefined();
  });
});

function event(name: string, ms: number, attributes: object): object {
  return { name, at: ms, attributes, droppedAttributesCount: 0 };
}
