/** Shown at the beginning of the line, or of no use to a person at a terminal. */
const UNSHOWN: ReadonlySet<string> = new Set([
  'level',
  'time',
  'msg',
  'err',
  'pid',
  'hostname',
  'service',
  'version',
  'method',
  'path',
  'status',
  'span_id',
  'trace_flags',
]);

/** The facts that are cut off first if a line is too long: what went wrong matters most. */
const LAST = ['api', 'consumer', 'client'];

/** What most lines would say. */
const ORDINARY: ReadonlySet<string> = new Set(['api=images', 'consumer=anonymous']);

/** Leaves room for time and level, so that a line has at most 120 columns. */
const COLUMNS = 102;

/** A stack may take more than one line. */
interface LoggedError {
  readonly stack?: unknown;
}

/**
 * A human-readable log line: its message and then its facts, truncated if it is too long. The JSON
 * format has the complete line.
 */
export function prettyMessage(line: Readonly<Record<string, unknown>>): string {
  const { msg, err } = line;
  const facts = Object.entries(line)
    .filter(([name]) => !UNSHOWN.has(name))
    .sort(([one], [other]) => LAST.indexOf(one) - LAST.indexOf(other))
    .flatMap(([name, value]) => factOf(name, value))
    .filter((fact) => !ORDINARY.has(fact));
  const text = [typeof msg === 'string' ? msg : '', ...facts].join(' ');
  const stack = (err as LoggedError | undefined)?.stack;
  // A note at start is prose, without facts that could be cut.
  const shown = facts.length > 0 && text.length > COLUMNS ? `${text.slice(0, COLUMNS - 1)}…` : text;
  return typeof stack === 'string' ? `${shown}\n${stack}` : shown;
}

/**
 * The beginning of an id is enough to find it; the members of a request's images are shown
 * separately.
 */
function factOf(name: string, value: unknown): readonly string[] {
  switch (name) {
    case 'ms':
      return [`${String(value)}ms`];
    case 'requestId':
    case 'trace_id':
      return [];
    case 'images':
      return imageFacts(value ?? {});
    default:
      return value === undefined ? [] : [`${name}=${plain(value)}`];
  }
}

interface ImageFacts {
  readonly model?: string;
  readonly size?: string;
  readonly ratio?: string;
  readonly requested?: number;
  readonly returned?: number;
  readonly attempts?: number;
  readonly accounts?: readonly string[];
  readonly failedAccounts?: readonly string[];
  readonly costUsd?: number;
}

function imageFacts(images: ImageFacts): readonly string[] {
  const { model, size, ratio, requested, returned, attempts, costUsd } = images;
  return [
    `${returned ?? 0}/${requested ?? 0}`,
    ...[model, size, ratio].filter((fact) => fact !== undefined),
    ...(attempts === undefined || attempts === requested ? [] : [`attempts=${attempts}`]),
    ...(costUsd === undefined ? [] : [`$${costUsd}`]),
    ...(images.accounts === undefined ? [] : [images.accounts.join(',')]),
    ...(images.failedAccounts === undefined ? [] : [`failed=${images.failedAccounts.join(',')}`]),
  ];
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
