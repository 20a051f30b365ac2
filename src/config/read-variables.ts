import { IN_QUOTES, isQuoted } from './credential-slips';
import { Env } from './env';
import { variableSlips, type VariableSlip } from './variable-slips';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the values of variables are read from. */
export interface VariableSources {
  readonly environment: Environment;
  /** Reads a whole text file; throws if it cannot. */
  readonly readFile: (path: string) => string;
}

/**
 * These have traditionally been written in either case; programs that read both prefer lower case.
 */
const IN_EITHER_CASE = new Set(['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY']);

/** Set variables whose names resemble Easel's but are wrong. */
export function slipsIn(environment: Environment): readonly VariableSlip[] {
  const inLowerCase = [...IN_EITHER_CASE].map((name) => name.toLowerCase());
  return variableSlips(environment, [...Object.keys(new Env()), ...inLowerCase]);
}

/**
 * The variables of {@link Env}, from the environment itself or from the file that `NAME_FILE`
 * names.
 */
export function readVariables(sources: VariableSources, faults: string[]): Record<string, string> {
  const values: Record<string, string> = {};
  // Every declared field is an own property of an instance, even without a default.
  for (const name of Object.keys(new Env())) {
    const value = readVariable(name, sources, faults);
    if (value !== undefined) {
      values[name] = value;
    }
    if (isQuoted(value ?? '')) {
      faults.push(`${name} ${IN_QUOTES}`);
    }
  }
  return values;
}

/**
 * The variables of OpenTelemetry's SDK that Easel uses, as files. Those of certificates are paths
 * themselves.
 */
const OPEN_TELEMETRY_FILE =
  /^OTEL_(?:(?:ATTRIBUTE|BSP|EXPORTER_OTLP|PROPAGATORS|RESOURCE|SDK|SERVICE|SPAN|TRACES)(?:_(?!CERTIFICATE|CLIENT_)[A-Z]+)*)_FILE$/;

/** The `OTEL_*` variables that are given as `NAME_FILE`, which OpenTelemetry's SDK does not know. */
export function openTelemetryFiles(
  sources: VariableSources,
  faults: string[],
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const fileName of Object.keys(sources.environment)) {
    if (OPEN_TELEMETRY_FILE.test(fileName)) {
      const name = fileName.replace(/_FILE$/, '');
      const value = readVariable(name, sources, faults);
      if (value !== undefined) {
        values[name] = value;
      }
    }
  }
  return values;
}

function readVariable(
  name: string,
  { environment, readFile }: VariableSources,
  faults: string[],
): string | undefined {
  const direct = nonEmpty(
    (IN_EITHER_CASE.has(name) && environment[name.toLowerCase()]) || environment[name],
  );
  const path = nonEmpty(environment[`${name}_FILE`]);
  if (path === undefined) {
    return direct;
  }
  if (direct !== undefined) {
    faults.push(`${name} and ${name}_FILE are both set: keep one`);
    return undefined;
  }
  try {
    const content = readFile(path).trim();
    if (content !== '') {
      return content;
    }
    faults.push(`${name}_FILE names an empty file: ${path}`);
  } catch {
    faults.push(`${name}_FILE cannot be read: ${path}`);
  }
  return undefined;
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value.trim();
}
