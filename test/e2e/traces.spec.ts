import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCollector, type OtlpCollector } from '../otlp-collector';
import {
  png,
  respond,
  respondWhole,
  respondWithError,
  startScriptedUpstream,
  type ScriptedCall,
  type ScriptedUpstream,
} from '../scripted-upstream';
import { renderTrace, traceTree, type TraceNode } from '../trace-tree';
import { accountAt, startTracedEasel, type TracedEasel } from '../traced-easel';
import { until } from '../until';

/** The trace that the page shows. */
const [, SHOWN] =
  /```text\n(POST .*?)\n```/s.exec(
    readFileSync(join(__dirname, '../../docs/observability.md'), 'utf8'),
  ) ?? [];

function sendJson(call: ScriptedCall, body: object): void {
  call.response.writeHead(200, { 'content-type': 'application/json' });
  call.response.end(JSON.stringify(body));
}

function expectPartsWithinWhole({ span, below }: TraceNode): void {
  expect(span.endMs).toBeGreaterThanOrEqual(span.startMs);
  for (const part of below) {
    expect(part.span.startMs).toBeGreaterThanOrEqual(span.startMs);
    expect(part.span.endMs).toBeLessThanOrEqual(span.endMs);
    expectPartsWithinWhole(part);
  }
}

describe('the trace of a request of which one image of three fails and one is repeated', () => {
  let collector: OtlpCollector;
  let upstream: ScriptedUpstream;
  let easel: TracedEasel;

  beforeAll(async () => {
    const image = await png(8);
    collector = await startCollector();
    let ofSpare = 0;
    upstream = await startScriptedUpstream((call) => {
      if (call.key === 'key-of-studio@example.com') {
        respondWithError(call, 429, 'RESOURCE_EXHAUSTED');
        return;
      }
      ofSpare += 1;
      if (ofSpare === 2) {
        sendJson(call, respond([], 'IMAGE_SAFETY'));
      } else {
        respondWhole(call, image);
      }
    });
    easel = await startTracedEasel({
      accounts: [
        accountAt(upstream.url, 'studio@example.com', { maxConcurrency: 1, priority: 1 }),
        accountAt(upstream.url, 'spare@example.com', { maxConcurrency: 1, priority: 2 }),
      ],
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
    });
  });
  afterAll(async () => {
    await easel.stop();
    await upstream.close();
    await collector.close();
  });

  it('has the spans that the page shows', async () => {
    const response = await easel.post('/v1/images/generations', {
      prompt: 'a lighthouse',
      n: 3,
      size: '1536x1024',
    });
    expect(response.status).toBe(200);
    const { data } = (await response.json()) as { data: readonly unknown[] };
    expect(data).toHaveLength(2);

    const spans = await collector.whenReceived(8);
    const tree = traceTree(spans);
    expect(tree.span).toMatchObject({
      name: 'POST /v1/images/generations',
      kind: 'SERVER',
      parentSpanId: '',
      fault: undefined,
      resource: { 'service.name': 'easel', 'service.version': expect.any(String) as string },
      attributes: {
        'http.request.method': 'POST',
        'http.response.status_code': 200,
        'http.route': '/v1/images/generations',
        'url.template': '/v1/images/generations',
        'url.path': '/v1/images/generations',
        'url.scheme': 'http',
        'server.address': '127.0.0.1',
        'server.port': Number(new URL(easel.url).port),
        'client.address': '127.0.0.1',
        'easel.request_id': response.headers.get('x-request-id'),
      },
    });
    const [repeated] = tree.below;
    expect(repeated?.span.events.map(({ name }) => name)).toEqual(['call repeated']);
    const calls = repeated?.below.map(({ span }) => span) ?? [];
    expect(calls.map(({ attributes }) => attributes['server.port'])).toEqual(
      calls.map(() => Number(new URL(upstream.url).port)),
    );
    expectPartsWithinWhole(tree);
    expect(renderTrace(tree)).toBe(SHOWN);
  });

  it('is found from the log, by the ids of the request’s span', async () => {
    const { traceId, spanId } = traceTree(collector.spans).span;
    const lines = () => easel.log().filter(({ requestId }) => requestId !== undefined);
    await until(() => lines().some(({ path }) => path === '/v1/images/generations'));
    expect(lines().length).toBeGreaterThan(2);
    for (const line of lines()) {
      expect(line).toMatchObject({ trace_id: traceId, span_id: spanId, trace_flags: '01' });
    }
  });

  it('names no prompt, no image and no key', () => {
    const sent = collector.rawText();
    expect(sent).toContain('studio@example.com');
    expect(sent).not.toMatch(/lighthouse|key-of-|iVBOR/);
  });
});
