import type { Fault } from './fault';

type Rule = 'string' | 'boolean' | 'objects' | 'count' | 'positive' | 'http_status' | 'duration';

interface KindRules {
  readonly required: Readonly<Record<string, Rule>>;
  readonly optional: Readonly<Record<string, Rule>>;
}

const SCOPE: Readonly<Record<string, Rule>> = {
  key: 'string',
  model: 'string',
  count: 'positive',
  after: 'count',
};

const NOTHING: KindRules = { required: {}, optional: {} };

const KINDS: Readonly<Record<Fault['kind'], KindRules>> = {
  status: {
    required: { status: 'http_status' },
    optional: { message: 'string', googleStatus: 'string', details: 'objects' },
  },
  rate_limit: {
    required: {},
    optional: { retryDelay: 'duration', daily: 'boolean', limitZero: 'boolean', bare: 'boolean' },
  },
  refusal: {
    required: {},
    optional: { finishReason: 'string', finishMessage: 'string', blockReason: 'string' },
  },
  text_only: NOTHING,
  no_image: NOTHING,
  latency: { required: { ms: 'count' }, optional: {} },
  cut: { required: {}, optional: { afterBytes: 'count', afterImages: 'positive' } },
  stall: { required: {}, optional: { afterImages: 'count' } },
  truncate: { required: { afterBytes: 'count' }, optional: {} },
  silence: NOTHING,
  garbage: NOTHING,
  wrong_mime: NOTHING,
  thought_images: NOTHING,
  only_thought: NOTHING,
  not_an_image: NOTHING,
  escaped_base64: NOTHING,
  oversize: { required: { bytes: 'positive' }, optional: {} },
};

const RULES: Readonly<Record<Rule, readonly [test: (value: unknown) => boolean, must: string]>> = {
  string: [(value) => typeof value === 'string' && value !== '', 'a non-empty string'],
  boolean: [(value) => typeof value === 'boolean', 'true or false'],
  objects: [
    (value) =>
      Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null),
    'a list of objects',
  ],
  count: [(value) => isInteger(value, 0), 'an integer of 0 or more'],
  positive: [(value) => isInteger(value, 1), 'an integer of 1 or more'],
  http_status: [
    (value) => isInteger(value, 400) && Number(value) <= 599,
    'an integer from 400 to 599',
  ],
  duration: [
    (value) => typeof value === 'string' && /^\d+(\.\d{1,9})?s$/u.test(value),
    'seconds such as "7s" or "0.5s"',
  ],
};

type ParsedFault =
  { readonly ok: true; readonly fault: Fault } | { readonly ok: false; readonly message: string };

/** Parses one fault from the control route; an invalid one gets a plain message. */
export function parseFault(value: unknown): ParsedFault {
  if (!isRecord(value)) {
    return { ok: false, message: 'a fault is a JSON object with a "kind"' };
  }
  const { kind } = value;
  if (!isKind(kind)) {
    return { ok: false, message: `kind must be one of ${Object.keys(KINDS).join(', ')}` };
  }
  const { required, optional } = KINDS[kind];
  const rules: Readonly<Record<string, Rule>> = { ...required, ...optional, ...SCOPE };
  for (const name of Object.keys(required)) {
    if (value[name] === undefined) {
      return { ok: false, message: `${kind} needs ${name}` };
    }
  }
  for (const [name, given] of Object.entries(value)) {
    if (name === 'kind') {
      continue;
    }
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) {
      return { ok: false, message: `${kind} has no ${name}` };
    }
    const [test, must] = RULES[rule];
    if (!test(given)) {
      return { ok: false, message: `${name} must be ${must}` };
    }
  }
  if (value['afterBytes'] !== undefined && value['afterImages'] !== undefined) {
    return { ok: false, message: `${kind} accepts afterBytes or afterImages, not both` };
  }
  return isFault(value) ? { ok: true, fault: value } : { ok: false, message: 'no fault' };
}

/** Every member has been checked against its rule above. */
function isFault(value: Readonly<Record<string, unknown>>): value is Fault & typeof value {
  return isKind(value['kind']);
}

function isKind(value: unknown): value is Fault['kind'] {
  return typeof value === 'string' && Object.hasOwn(KINDS, value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isInteger(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= least;
}
