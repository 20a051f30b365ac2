import type { ChaosUpstream } from './chaos-upstream';
import type { Exchange } from './exchange';
import { explanationOf, type Circumstances } from './explanation';
import type { History } from './history';
import {
  isIdempotent,
  makesImages,
  type ConsumerName,
  type PlannedRequest,
} from './planned-request';
import { digestsIn, errorCodeIn, errorMessageIn, linksIn } from './response-images';
import { imagesOf } from './sent-request';
import { BUDGETS, LIMITS, REQUEST_DEADLINE_MS } from './world';

/** The invariants. Each is a row of the report. */
export const CHECKS = [
  'every byte belongs to its request',
  'every error is explained',
  'a calm request gets all its images',
  'an Idempotency-Key is served once',
  'nothing waits longer than its deadline',
  'limits of consumers are kept',
  'places on accounts are kept',
  'upstream calls are in the ledger',
  'upstream calls are in the metrics',
  'no replica ends by itself',
  'faults come and go as planned',
  'what was held is given back',
  'leases in Redis are given back',
  'the store holds whole images only',
  'nothing grows in a soak',
] as const;
export type Check = (typeof CHECKS)[number];

/** Allowance for a busy machine, and for sending the response. */
const GRACE_MS = 6_000;
/** How long an account may stay unused after a rate limit. */
const RATE_LIMIT_MS = 90_000;
/** How long a killed replica's Idempotency-Keys outlive it, including those renewed just before. */
const KEY_LEASE_MS = 40_000;
/** How long after its return a server may still be considered away. */
const RETURN_MS = 15_000;

/** Checks the clients' responses against the upstream's records. */
export class Oracle {
  readonly violations: { readonly check: Check; readonly what: string }[] = [];
  readonly checked = new Map<Check, number>(CHECKS.map((check) => [check, 0]));
  /** How often each explanation was used. */
  readonly explanations = new Map<string, number>();
  images = 0;

  constructor(
    private readonly upstream: ChaosUpstream,
    private readonly history: History,
  ) {}

  check(check: Check, holds: boolean, what: () => string): void {
    this.checked.set(check, (this.checked.get(check) ?? 0) + 1);
    if (!holds) {
      this.violations.push({ check, what: what() });
    }
  }

  /**
   * @param about its name in a violation
   */
  judge(number: number, plan: PlannedRequest, exchange: Exchange, about: string): void {
    const { status, end, headAt, startedAt, endedAt } = exchange;
    if (end !== 'left') {
      const waited = (headAt ?? endedAt) - startedAt;
      this.check(
        'nothing waits longer than its deadline',
        waited < REQUEST_DEADLINE_MS + GRACE_MS && end !== 'impatient',
        () => `${about}: ${Math.round(waited)} ms, ${end}`,
      );
      this.explain(number, plan, exchange, about);
    }
    if (status === 200 && makesImages(plan.kind)) {
      this.judgeImages(number, plan, exchange, about);
    }
  }

  /**
   * Checks the repetition of a request with the same Idempotency-Key: if neither its replica nor
   * the storage of responses was away, it has the same images.
   */
  judgeReplay(first: Exchange, second: Exchange, about: string): void {
    const [one, other] = [first, second].map(({ body }) => this.finalsIn(body));
    const isReplay = second.headers['idempotent-replayed'] === 'true';
    this.check('an Idempotency-Key is served once', isReplay && one === other, () => {
      return `${about}: ${second.status} ${isReplay ? 'replayed' : 'not replayed'}, ${other} after ${one}`;
    });
  }

  /** The images of a response without the partial ones, which are not replayed. */
  private finalsIn(body: Buffer): string {
    const finals = [...digestsIn(body)].filter(
      (one) => this.upstream.made.get(one)?.isDraft !== true,
    );
    return [...finals, ...linksIn(body).map((url) => new URL(url).pathname)].toSorted().join(' ');
  }

  /** Checks a hosted image whose request is known. */
  judgeFile(digest: string, exchange: Exchange, got: string, about: string): void {
    if (exchange.status === 200 && exchange.end === 'whole') {
      this.images += 1;
      this.check('every byte belongs to its request', got === digest, () => `${about}: ${got}`);
    }
  }

  explainFile(plan: PlannedRequest, exchange: Exchange, isLinkLate: boolean, about: string): void {
    if (exchange.end !== 'left') {
      this.explain(-1, { ...plan, kind: 'file' }, exchange, about, isLinkLate);
    }
  }

  private explain(
    number: number,
    plan: PlannedRequest,
    exchange: Exchange,
    about: string,
    isLinkLate = false,
  ): void {
    const { status, end, body } = exchange;
    const circumstances = this.circumstances(number, plan, exchange, isLinkLate);
    const brokeStream =
      status === 200 && /-stream|^stream/.test(plan.kind) && streamError(body) !== undefined;
    const code = brokeStream ? (streamError(body) ?? '') : errorCodeIn(body);
    const judged = brokeStream ? statusOf(code) : (status ?? 0);
    const explanation =
      end === 'broken' ? brokenBy(circumstances) : explanationOf(judged, code, circumstances);
    const key = explanation ?? 'unexplained';
    this.explanations.set(key, (this.explanations.get(key) ?? 0) + 1);
    this.check('every error is explained', explanation !== undefined, () => {
      const calls = circumstances.calls.join(', ');
      const said = errorMessageIn(body);
      return `${about}: ${judged} ${code} ${end} ${exchange.reason} «${said}» after calls [${calls}]`;
    });
  }

  private circumstances(
    number: number,
    plan: PlannedRequest,
    { startedAt, endedAt }: Exchange,
    isLinkLate: boolean,
  ): Circumstances {
    const { history } = this;
    const during = { from: startedAt, to: endedAt };
    return {
      kind: plan.kind,
      calls: this.upstream.callsFor(number).map(({ manner }) => manner),
      limit: limitOf(plan.consumer),
      hasKey: isIdempotent(plan),
      isOperator: plan.consumer === 'operator',
      wasKilled: history.wasKilled(during),
      wasKeyHolderKilled: history.wasKilled({ ...during, from: startedAt - KEY_LEASE_MS }),
      wasRateLimited: this.upstream.lastRateLimitAt + RATE_LIMIT_MS > startedAt,
      wasStoreAway: history.had('s3', during, RETURN_MS),
      wasLedgerAway: history.had('postgres', during, RETURN_MS),
      wasConsumerGone:
        plan.consumer === 'guest' && history.had('consumers rewritten', during, RETURN_MS),
      isLinkLate,
    };
  }

  private judgeImages(
    number: number,
    plan: PlannedRequest,
    { body, end }: Exchange,
    about: string,
  ): void {
    const digests = digestsIn(body);
    let finals = 0;
    for (const digest of digests) {
      const made = this.upstream.made.get(digest);
      // A response that broke off may end inside an image.
      const isCut = made === undefined && end !== 'whole';
      this.images += isCut ? 0 : 1;
      this.check('every byte belongs to its request', isCut || made?.request === number, () =>
        made === undefined
          ? `${about}: bytes that nobody made, ${digest}`
          : `${about}: an image of request ${made.request}`,
      );
      finals += made !== undefined && !made.isDraft ? 1 : 0;
    }
    const calls = this.upstream.callsFor(number);
    if (end === 'whole' && calls.every(({ manner }) => manner === 'image')) {
      const links = [...body.toString('latin1').matchAll(/\/files\//g)].length;
      this.check('a calm request gets all its images', finals + links === imagesOf(plan), () => {
        return `${about}: ${finals + links} of ${imagesOf(plan)}`;
      });
    }
  }
}

function limitOf(consumer: ConsumerName): Circumstances['limit'] {
  const { imagesPerMinute, concurrentImages, imagesPerDay } = LIMITS[consumer] ?? {};
  if ((imagesPerMinute ?? concurrentImages) !== undefined) {
    return 'rate';
  }
  return (imagesPerDay ?? BUDGETS[consumer]) === undefined ? 'none' : 'quota';
}

/** A stream of Google's that breaks off within an event can only be cut off here as well. */
function brokenBy({ kind, calls, wasKilled }: Circumstances): string | undefined {
  if (kind === 'gemini-stream' && calls.includes('truncated')) {
    return 'upstream broke off';
  }
  return wasKilled ? 'replica killed' : undefined;
}

/** The code of the error that ends a stream that has begun. */
function streamError(body: Buffer): string | undefined {
  const text = body.toString('latin1');
  const at = text.lastIndexOf('"error":{');
  if (at === -1) {
    return /"finish_reason":"content_filter"/.test(text) ? 'moderation_blocked' : undefined;
  }
  const tail = text.slice(at);
  return /"(?:status|code)":"([^"]+)"/.exec(tail)?.[1] ?? 'null';
}

/** The status that the error would have had before the stream began. */
function statusOf(code: string): number {
  switch (code) {
    case 'moderation_blocked':
    case 'INVALID_ARGUMENT':
      return 400;
    case 'idempotency_in_progress':
      return 409;
    case 'rate_limit_exceeded':
    case 'insufficient_quota':
    case 'RESOURCE_EXHAUSTED':
      return 429;
    case 'upstream_error':
    case 'no_image':
    case 'UNAVAILABLE':
      return 502;
    case 'upstream_timeout':
    case 'DEADLINE_EXCEEDED':
      return 504;
    default:
      return 500;
  }
}
