/** Where the spans of traces are sent. */
export interface TracingSettings {
  /** Empty if tracing is off: then nothing of OpenTelemetry's SDK is loaded. */
  readonly exporters: readonly ('otlp' | 'console')[];
  /** The collector, as the SDK reads it; the SDK adds its path. */
  readonly endpoint: URL;
  /** Whether the client's `traceparent` is continued. */
  readonly continuesTraces: boolean;
  /** Settings without effect, to be logged at start. */
  readonly warnings: readonly string[];
  /** The variables that are given by a file; the SDK reads all others itself. */
  readonly fromFiles: Readonly<Record<string, string>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The SDK's own default. */
const DEFAULT_ENDPOINT = 'http://localhost:4318';

const ENDPOINTS = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'] as const;
const PROTOCOLS = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'] as const;

/**
 * Whether tracing is on, and where spans are sent. The SDK itself reads all other `OTEL_*`
 * variables. A faulty value does not prevent the start, because the specification requires the
 * program to run without tracing in that case.
 *
 * @param fromFiles the variables that are given as `NAME_FILE`
 */
export function readTracingSettings(
  variables: Environment,
  fromFiles: Readonly<Record<string, string>> = {},
): TracingSettings {
  const environment = { ...variables, ...fromFiles };
  const warnings: string[] = [];
  const endpointName = ENDPOINTS.find((name) => valueOf(environment, name) !== undefined);
  const endpoint = endpointOf(environment, endpointName, warnings);
  const exporters = exportersOf(environment, endpointName !== undefined, warnings);
  const isDisabled = valueOf(environment, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true';
  const isOn = !isDisabled && endpoint !== undefined;
  if (isOn && exporters.includes('otlp')) {
    warnAboutProtocol(environment, warnings);
  }
  const propagators = listOf(valueOf(environment, 'OTEL_PROPAGATORS') ?? 'tracecontext');
  return {
    exporters: isOn ? exporters : [],
    endpoint: endpoint ?? new URL(DEFAULT_ENDPOINT),
    continuesTraces: propagators.includes('tracecontext'),
    warnings: isDisabled ? [] : warnings,
    fromFiles,
  };
}

function exportersOf(
  environment: Environment,
  hasEndpoint: boolean,
  warnings: string[],
): readonly ('otlp' | 'console')[] {
  const list = valueOf(environment, 'OTEL_TRACES_EXPORTER');
  if (list === undefined) {
    return hasEndpoint ? ['otlp'] : [];
  }
  const names = listOf(list);
  if (names.includes('none')) {
    return [];
  }
  const known = new Set<'otlp' | 'console'>();
  for (const name of names) {
    if (name === 'otlp' || name === 'console') {
      known.add(name);
    } else {
      warnings.push(
        'OTEL_TRACES_EXPORTER names an unknown exporter: Easel has otlp, console and none',
      );
    }
  }
  return [...known];
}

/** @returns undefined if the value is not an address, so that spans cannot be sent */
function endpointOf(
  environment: Environment,
  name: (typeof ENDPOINTS)[number] | undefined,
  warnings: string[],
): URL | undefined {
  const text = name === undefined ? DEFAULT_ENDPOINT : (valueOf(environment, name) ?? '');
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) {
    return new URL(text);
  }
  warnings.push(`${name ?? ''} must be like http://collector:4318: tracing is off`);
  return undefined;
}

function warnAboutProtocol(environment: Environment, warnings: string[]): void {
  const name = PROTOCOLS.find((one) => valueOf(environment, one) !== undefined);
  if (name !== undefined && valueOf(environment, name)?.toLowerCase() !== 'http/protobuf') {
    warnings.push(
      `${name} is not http/protobuf, the only protocol that Easel supports: point the endpoint at the collector's port ` +
        'for it, usually 4318',
    );
  }
}

function listOf(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function valueOf(environment: Environment, name: string): string | undefined {
  const value = environment[name]?.trim();
  return value === undefined || value === '' ? undefined : value;
}
