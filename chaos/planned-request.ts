import fc from 'fast-check';

/** What a client asks for. */
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

/** When a client hangs up: told by what happens, never by a clock. */
type Leaving = 'never' | 'once sent' | 'once called' | 'in the body';

/** What the upstream does with one call. */
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

/** Whether it has an Idempotency-Key, and whether the same is sent once more: after its response, or beside it. */
type Idempotency = 'none' | 'key' | 'key, again' | 'key, twice at once';

/** One request of one client, and how the upstream responds to its calls. */
export interface PlannedRequest {
  readonly kind: RequestKind;
  readonly consumer: ConsumerName;
  readonly n: number;
  readonly delivery: 'b64_json' | 'url';
  readonly leaving: Leaving;
  readonly isSlowReader: boolean;
  /** Whether it tries again as OpenAI's SDKs do, also after it has hung up. */
  readonly retries: boolean;
  readonly idempotency: Idempotency;
  /** The bytes of each image. */
  readonly bytes: number;
  readonly delayMs: number;
  readonly drafts: number;
  /** Its first calls, in the order in which they come; each further one gets an image. */
  readonly calls: readonly CallManner[];
  /** Chooses among what is there at that time, such as hosted images. */
  readonly choice: number;
}

/** What makes images, and is therefore called upstream. */
export function makesImages(kind: RequestKind): boolean {
  return !['file', 'usage', 'accounts', 'key', 'models'].includes(kind);
}

/** Where an Idempotency-Key counts. Google's own API has none. */
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

/** A calm upstream still fails now and then. */
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

/** As it would be in calm weather; a storm puts other calls in the place of these. */
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
