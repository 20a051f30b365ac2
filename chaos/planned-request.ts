import fc from 'fast-check';

/** The kinds of requests. */
export type RequestKind =
  | 'generation'
  | 'edit'
  | 'stream'
  | 'chat'
  | 'chat-stream'
  | 'gemini'
  | 'gemini-stream'
  | 'openrouter'
  | 'file'
  | 'usage'
  | 'accounts'
  | 'key'
  | 'models';

/** When a client hangs up: triggered by an event, never by a timer. */
type Leaving = 'never' | 'once sent' | 'once called' | 'in the body';

/** How the upstream handles one call. */
export type CallManner =
  | 'image'
  | 'rate limit'
  | 'unavailable'
  | 'internal'
  | 'reset'
  | 'stall'
  | 'truncated'
  | 'html'
  | 'refused'
  | 'empty';

export const CONSUMERS = [
  'steady',
  'operator',
  'minute',
  'narrow',
  'daily',
  'funded',
  'guest',
] as const;
export type ConsumerName = (typeof CONSUMERS)[number];

/**
 * Whether it has an Idempotency-Key, and whether the same request is sent again: after its
 * response, or concurrently.
 */
type Idempotency = 'none' | 'key' | 'key, again' | 'key, twice at once';

/** One request of one client, and how the upstream handles its calls. */
export interface PlannedRequest {
  readonly kind: RequestKind;
  readonly consumer: ConsumerName;
  readonly n: number;
  readonly delivery: 'b64_json' | 'url';
  readonly leaving: Leaving;
  readonly isSlowReader: boolean;
  /** Whether it retries like OpenAI's SDKs, even after it has hung up. */
  readonly retries: boolean;
  readonly idempotency: Idempotency;
  /** The size of each image in bytes. */
  readonly bytes: number;
  readonly delayMs: number;
  readonly drafts: number;
  /** The handling of its first calls, in order of arrival; each further one gets an image. */
  readonly calls: readonly CallManner[];
  /** Selects among what is available at that time, such as hosted images. */
  readonly choice: number;
}

/** Whether a kind makes images, and so calls upstream. */
export function makesImages(kind: RequestKind): boolean {
  return !['file', 'usage', 'accounts', 'key', 'models'].includes(kind);
}

/** Whether an Idempotency-Key applies. Google's own API has none. */
export function isIdempotent({ kind, idempotency }: PlannedRequest): boolean {
  return idempotency !== 'none' && makesImages(kind) && !kind.startsWith('gemini');
}

function weighted<T>(
  ...choices: readonly (readonly [weight: number, value: T])[]
): fc.Arbitrary<T> {
  return fc.oneof(
    ...choices.map(([weight, value]) => ({ weight, arbitrary: fc.constant<T>(value) })),
  );
}

const KIND = weighted<RequestKind>(
  [30, 'generation'],
  [10, 'edit'],
  [10, 'stream'],
  [8, 'chat'],
  [6, 'chat-stream'],
  [7, 'gemini'],
  [5, 'gemini-stream'],
  [6, 'openrouter'],
  [10, 'file'],
  [3, 'usage'],
  [2, 'accounts'],
  [2, 'key'],
  [1, 'models'],
);

/** Even a calm upstream fails occasionally. */
const CALM_CALL = weighted<CallManner>(
  [92, 'image'],
  [1, 'unavailable'],
  [1, 'internal'],
  [1, 'reset'],
  [1, 'truncated'],
  [1, 'html'],
  [2, 'refused'],
  [1, 'empty'],
);

/** A request in calm conditions; a storm replaces its calls. */
export const PLANNED_REQUEST: fc.Arbitrary<PlannedRequest> = fc.record({
  kind: KIND,
  consumer: weighted<ConsumerName>(
    [52, 'steady'],
    [12, 'operator'],
    [12, 'minute'],
    [12, 'narrow'],
    [4, 'daily'],
    [4, 'funded'],
    [4, 'guest'],
  ),
  n: weighted([60, 1], [20, 2], [10, 3], [10, 4]),
  delivery: weighted<'b64_json' | 'url'>([60, 'b64_json'], [40, 'url']),
  leaving: weighted<Leaving>(
    [85, 'never'],
    [4, 'once sent'],
    [7, 'once called'],
    [4, 'in the body'],
  ),
  isSlowReader: weighted([92, false], [8, true]),
  retries: weighted([70, false], [30, true]),
  idempotency: weighted<Idempotency>(
    [70, 'none'],
    [12, 'key'],
    [10, 'key, again'],
    [8, 'key, twice at once'],
  ),
  bytes: weighted([60, 6_000], [30, 60_000], [9, 400_000], [1, 3_000_000]),
  delayMs: weighted([30, 5], [40, 60], [25, 200], [5, 900]),
  drafts: weighted([70, 0], [20, 1], [10, 2]),
  calls: fc.array(CALM_CALL, { minLength: 4, maxLength: 4, size: 'max' }),
  choice: fc.noBias(fc.nat({ max: 999 })),
});
