import { readTracingSettings } from './tracing-settings';

const HERE = 'http://localhost:4318/';

describe('readTracingSettings', () => {
  it.each<[string, Record<string, string>, readonly string[], string]>([
    ['nothing is set', {}, [], HERE],
    ['what is set is empty', { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }, [], HERE],
    ['an endpoint is set', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:1' }, ['otlp'], 'http://a:1/'],
    [
      'one for traces alone is set',
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:1',
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://b/traces',
      },
      ['otlp'],
      'https://b/traces',
    ],
    ['an exporter is set', { OTEL_TRACES_EXPORTER: 'otlp' }, ['otlp'], HERE],
    ['two are set', { OTEL_TRACES_EXPORTER: 'Console, otlp' }, ['console', 'otlp'], HERE],
    [
      'none is wanted',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:1', OTEL_TRACES_EXPORTER: 'none' },
      [],
      'http://a:1/',
    ],
    [
      'the SDK is disabled',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:1', OTEL_SDK_DISABLED: 'True' },
      [],
      'http://a:1/',
    ],
    ['it is not', { OTEL_TRACES_EXPORTER: 'otlp', OTEL_SDK_DISABLED: 'false' }, ['otlp'], HERE],
    ['metrics have an endpoint', { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://a' }, [], HERE],
  ])('where %s', (_name, environment, exporters, endpoint) => {
    const settings = readTracingSettings(environment);
    expect(settings.exporters).toEqual(exporters);
    expect(settings.endpoint.href).toBe(endpoint);
    expect(settings.warnings).toEqual([]);
  });

  it.each<[string, Record<string, string>, readonly string[], RegExp]>([
    [
      'an exporter that it does not have',
      { OTEL_TRACES_EXPORTER: 'zipkin' },
      [],
      /^OTEL_TRACES_EXPORTER names an unknown exporter/,
    ],
    [
      'an endpoint without http://, which is a URL by the letter',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
      [],
      /^OTEL_EXPORTER_OTLP_ENDPOINT must be like http:\/\/collector:4318/,
    ],
    [
      'an endpoint that is no URL',
      { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://' },
      [],
      /^OTEL_EXPORTER_OTLP_TRACES_ENDPOINT must be like/,
    ],
    [
      'gRPC',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      ['otlp'],
      /^OTEL_EXPORTER_OTLP_PROTOCOL is not http\/protobuf.*4318/,
    ],
  ])('warns of %s', (_name, environment, exporters, warning) => {
    const settings = readTracingSettings(environment);
    expect(settings.exporters).toEqual(exporters);
    expect(settings.warnings).toEqual([expect.stringMatching(warning)]);
  });

  it('reports nothing if traces are disabled', () => {
    const { warnings } = readTracingSettings({
      OTEL_TRACES_EXPORTER: 'zipkin',
      OTEL_SDK_DISABLED: 'true',
    });
    expect(warnings).toEqual([]);
  });

  it.each<[string | undefined, boolean]>([
    [undefined, true],
    ['tracecontext,baggage', true],
    ['none', false],
    ['b3', false],
  ])('with OTEL_PROPAGATORS=%s it continues traces: %s', (OTEL_PROPAGATORS, expected) => {
    expect(readTracingSettings({ OTEL_PROPAGATORS }).continuesTraces).toBe(expected);
  });
});
