/** What is shown in the line's head, or of no use to a person who looks at a terminal. */
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

/** Who asked is cut off first, where a line gets too long: what went wrong is read first. */
const LAST = ['api', 'consumer', 'client'];

/** What most lines would say. */
const ORDINARY: ReadonlySet<string> = new Set(['api=images', 'consumer=anonymous']);

/** Beside a terminal's time and level, so that a line has 120 columns at most. */
const COLUMNS = 102;

/** A stack is worth more than one line. */
interface LoggedError {
  readonly stack?: unknown;
}

/**
 * A line of the log for a person: its message and then its facts, on one line that is cut where it gets too long. The
 * whole line is in the JSON format.
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
  // A note at the start is prose, and has no facts that could be cut.
  const shown = facts.length > 0 && text.length > COLUMNS ? `${text.slice(0, COLUMNS - 1)}…` : text;
  return typeof stack === 'string' ? `${shown}\n${stack}` : shown;
}

/** An id is found by its beginning; what a request's images came to is shown member by member. */
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
