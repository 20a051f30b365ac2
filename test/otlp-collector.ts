import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { parse } from 'protobufjs';
import { until } from './until';

/** The part of OTLP's opentelemetry/proto/collector/trace/v1/trace_service.proto that Easel sends. */
const { root } = parse(`
  syntax = "proto3";
  message Export { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span {
    bytes trace_id = 1;
    bytes span_id = 2;
    string trace_state = 3;
    bytes parent_span_id = 4;
    string name = 5;
    int32 kind = 6;
    fixed64 start_time_unix_nano = 7;
    fixed64 end_time_unix_nano = 8;
    repeated KeyValue attributes = 9;
    repeated Event events = 11;
    Status status = 15;
  }
  message Event { fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; }
  message Status { string message = 2; int32 code = 3; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message ArrayValue { repeated AnyValue values = 1; }
  message AnyValue {
    oneof value {
      string string_value = 1;
      bool bool_value = 2;
      int64 int_value = 3;
      double double_value = 4;
      ArrayValue array_value = 5;
    }
  }
`);
const EXPORT = root.lookupType('Export');
const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT'];

export type AttributeValue = string | number | boolean | readonly AttributeValue[] | undefined;
type AttributeValues = Readonly<Record<string, AttributeValue>>;

/** A span as it was received. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a trace that begins with it. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: string;
  /** Epoch milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: AttributeValues;
  readonly events: readonly { readonly name: string; readonly attributes: AttributeValues }[];
  /** The message of an error status; undefined for any other status. */
  readonly fault: string | undefined;
  /** Of the process that sent it. */
  readonly resource: AttributeValues;
}

/** A trace collector that accepts OTLP over HTTP, as binary protobuf. */
export interface OtlpCollector {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** The headers of each export. */
  readonly exports: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  /** All that came, as text: for what must not be in it. */
  rawText(): string;
  /** The spans of the trace of the nth request, once that many have come. */
  whenReceived(count: number): Promise<readonly ReceivedSpan[]>;
  close(): Promise<void>;
}

/** @param respond what it says of each export, instead of taking it; it may say nothing at all */
export async function startCollector(
  respond?: (response: ServerResponse) => void,
): Promise<OtlpCollector> {
  const spans: ReceivedSpan[] = [];
  const exports: { path: string; headers: IncomingHttpHeaders }[] = [];
  const bodies: Buffer[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const bytes = Buffer.concat(chunks);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
      exports.push({ path: request.url ?? '', headers: request.headers });
      bodies.push(body);
      if (respond !== undefined) {
        respond(response);
        return;
      }
      spans.push(...readExport(body));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    exports,
    rawText: () => Buffer.concat(bodies).toString('latin1'),
    whenReceived: async (count) => {
      await until(() => spans.length >= count);
      return spans;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

interface KeyValue {
  readonly key: string;
  readonly value?: AnyValue;
}

interface AnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values?: readonly AnyValue[] };
}

interface WireSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState?: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly KeyValue[];
  readonly events?: readonly { readonly name: string; readonly attributes?: readonly KeyValue[] }[];
  readonly status?: { readonly code?: number; readonly message?: string };
}

interface WireExport {
  readonly resourceSpans?: readonly {
    readonly resource?: { readonly attributes?: readonly KeyValue[] };
    readonly scopeSpans?: readonly { readonly spans?: readonly WireSpan[] }[];
  }[];
}

function readExport(body: Buffer): readonly ReceivedSpan[] {
  const { resourceSpans = [] } = EXPORT.toObject(EXPORT.decode(body), {
    longs: String,
    bytes: String,
  }) as WireExport;
  return resourceSpans.flatMap(({ resource, scopeSpans = [] }) =>
    scopeSpans.flatMap(({ spans = [] }) =>
      spans.map((span) => ({
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentSpanId: hex(span.parentSpanId ?? ''),
        traceState: span.traceState ?? '',
        name: span.name,
        kind: KINDS[span.kind] ?? String(span.kind),
        startMs: Number(BigInt(span.startTimeUnixNano) / 1000n) / 1000,
        endMs: Number(BigInt(span.endTimeUnixNano) / 1000n) / 1000,
        attributes: valuesOf(span.attributes),
        events: (span.events ?? []).map(({ name, attributes }) => ({
          name,
          attributes: valuesOf(attributes),
        })),
        fault: span.status?.code === 2 ? (span.status.message ?? '') : undefined,
        resource: valuesOf(resource?.attributes),
      })),
    ),
  );
}

function hex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}

/** Throws where a key is there twice, which OTLP forbids. */
function valuesOf(attributes: readonly KeyValue[] = []): AttributeValues {
  const keys = attributes.map(({ key }) => key);
  if (new Set(keys).size < keys.length) {
    throw new Error(`a key is there twice: ${keys.join(', ')}`);
  }
  return Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]));
}

function valueOf(value: AnyValue | undefined): AttributeValue {
  return (
    value?.stringValue ??
    value?.boolValue ??
    (value?.intValue === undefined ? undefined : Number(value.intValue)) ??
    value?.doubleValue ??
    value?.arrayValue?.values?.map(valueOf)
  );
}
