import type { UpstreamCall } from './chaos-upstream';
import type { History } from './history';
import type { Oracle } from './oracle';
import { CONSUMERS, isIdempotent } from './planned-request';
import type { Scrape } from './replica';
import { mostAtOnce, mostInWindow, touches, type Span } from './spending';
import { imagesOf } from './sent-request';
import {
  ACCOUNT_PLACES,
  ATTEMPT_TIMEOUT_MS,
  BUDGETS,
  keyOf,
  LIMITS,
  PRICE_USD,
  type World,
} from './world';
import type { Plan } from './plan';

const CALLS = 'easel_upstream_calls_total';
/** How long after Redis is back the replicas may still count on their own. */
const REDIS_RETURN_MS = 8_000;
/** How long after the database is back replicas may still count days and months on their own. */
const DATABASE_RETURN_MS = 12_000;
/** Rows wait up to a quarter of a second for others, and a little for the database. */
const LEDGER_LAG_MS = 1_500;

/** Compares the upstream's calls with Easel's records, and with its limits. */
export class Accounting {
  /** The counters, including those of replicas that were killed later, by outcome. */
  private readonly counted = new Map<string, number>();
  /** When the counters of a replica were read, and it was killed. */
  private readonly unknown: Span[] = [];
  /** Calls and requests that a kill has made uncertain, counted separately. */
  uncertainCalls = 0;
  /** Attempts that never reached the upstream. */
  private unheardCalls = 0;

  constructor(
    private readonly plan: Plan,
    private readonly world: World,
    private readonly oracle: Oracle,
    private readonly history: History,
  ) {}

  async beforeKill(which: number): Promise<void> {
    const from = performance.now();
    const scrape = await this.world.replicas[which]
      ?.scrape(keyOf('operator'))
      .catch(() => undefined);
    this.add(scrape ?? new Map());
    // Includes requests that were not finished when the counters were read.
    this.unknown.push({ from: from - 50, to: performance.now() + 2000 });
  }

  private add(scrape: Scrape): void {
    for (const [key, value] of scrape) {
      if (key.startsWith(`${CALLS}{`)) {
        this.counted.set(
          key.slice(CALLS.length),
          (this.counted.get(key.slice(CALLS.length)) ?? 0) + value,
        );
      }
    }
  }

  limits(): void {
    const exempt = this.history.spans('redis', REDIS_RETURN_MS);
    for (const consumer of CONSUMERS) {
      const { imagesPerMinute, concurrentImages } = LIMITS[consumer] ?? {};
      const spans = this.spansOf(consumer);
      if (imagesPerMinute !== undefined) {
        const most = mostInWindow(spans.taken, 60_000, exempt);
        this.oracle.check('limits of consumers are kept', most <= imagesPerMinute, () => {
          return `${consumer}: ${most} images in a minute of ${imagesPerMinute}`;
        });
      }
      if (concurrentImages !== undefined) {
        const most = mostAtOnce(spans.atWork, exempt);
        this.oracle.check('limits of consumers are kept', most <= concurrentImages, () => {
          return `${consumer}: ${most} images at once of ${concurrentImages}`;
        });
      }
    }
    this.quotas();
    this.keys();
    for (const [account, places] of Object.entries(ACCOUNT_PLACES)) {
      const calls = this.world.upstream.calls.filter((call) => call.account === account);
      const most = mostAtOnce(
        calls.map((call) => this.surelyOpen(call)),
        exempt,
      );
      this.oracle.check('places on accounts are kept', most <= places, () => {
        return `${account}: ${most} calls at once of ${places}`;
      });
    }
  }

  /** Daily and monthly limits. While their database is away, each replica counts on its own. */
  private quotas(): void {
    for (const consumer of CONSUMERS) {
      const limit = LIMITS[consumer]?.imagesPerDay ?? imagesFor(BUDGETS[consumer]);
      if (limit !== undefined) {
        const taken = this.spansOf(consumer).taken.filter(
          (span) => !this.history.had('postgres', span, DATABASE_RETURN_MS),
        ).length;
        this.oracle.check('limits of consumers are kept', taken <= limit, () => {
          return `${consumer}: ${taken} images of ${limit}`;
        });
      }
    }
  }

  /** Requests with a key, sent once or repeatedly, hung up on or not: each image is made once. */
  private keys(): void {
    for (const [number, tries] of this.history.tries) {
      const plan = this.plan.request(number);
      const during = {
        from: tries[0]?.startedAt ?? 0,
        to: Math.max(...tries.map(({ endedAt }) => endedAt)),
      };
      if (isIdempotent(plan) && this.history.keepsKeys(during)) {
        const made = this.world.upstream
          .callsFor(number)
          .filter(({ manner, isWhole }) => manner === 'image' && isWhole).length;
        this.oracle.check('an Idempotency-Key is served once', made <= imagesOf(plan), () => {
          const { length } = tries;
          return `request ${number} (${plan.kind}): ${made} images of ${imagesOf(plan)} in ${length} tries`;
        });
      }
    }
  }

  /** The intervals in which images certainly count, and in which they are certainly in progress. */
  private spansOf(consumer: string): { readonly taken: Span[]; readonly atWork: Span[] } {
    const taken: Span[] = [];
    const atWork: Span[] = [];
    for (const call of this.world.upstream.calls) {
      const plan = this.plan.request(call.request);
      if (plan.consumer !== consumer || call.manner !== 'image') {
        continue;
      }
      const tries = this.history.tries.get(call.request) ?? [];
      const own = tries.findLast(({ startedAt }) => startedAt <= call.arrivedAt);
      if (own?.end === 'whole' && call.isWhole) {
        // With a key, the images count for the first of several attempts.
        const [first = own] = tries;
        const from = (isIdempotent(plan) ? first : own).startedAt;
        taken.push({ from, to: call.arrivedAt });
        atWork.push(callSpan(call));
      }
    }
    return { taken, atWork };
  }

  /** If a client disconnects, Easel frees the slot before the upstream notices. */
  private surelyOpen(call: UpstreamCall): Span {
    const { from, to } = callSpan(call);
    const tries = this.history.tries.get(call.request) ?? [];
    const own = tries.findLast(({ startedAt }) => startedAt <= call.arrivedAt);
    return { from, to: own === undefined || own.end === 'whole' ? to : Math.min(to, own.endedAt) };
  }

  /** Every call to the upstream is in the row of its image. */
  async ledger(): Promise<void> {
    const rows = await this.world.postgres.query(
      'select request_id, sum(attempts)::int as attempts from ledger_images group by request_id',
    );
    const attempts = new Map(
      rows.map((row) => [String(row['request_id']), Number(row['attempts'])]),
    );
    const replicaOf = this.replicas();
    for (const [number, tries] of this.history.tries) {
      const calls = this.world.upstream.callsFor(number);
      const from = tries[0]?.startedAt ?? 0;
      const ends = [
        ...tries.map(({ endedAt }) => endedAt),
        ...calls.map((call) => callSpan(call).to),
      ];
      const during = { from, to: Math.max(...ends) };
      const written = tries.reduce((sum, { id }) => sum + (attempts.get(id) ?? 0), 0);
      const unheard = written - calls.length;
      if (
        this.mayBeLost(
          during,
          tries.map(({ id }) => replicaOf.get(id)),
        )
      ) {
        this.uncertainCalls += calls.length;
        this.unheardCalls += Math.max(0, unheard);
        continue;
      }
      const mayBeUnheard =
        // An attempt that gets no token ends before it reaches the upstream, and so may one whose
        // client disconnects.
        this.history.had('token server', during, 15_000) || tries.some(({ end }) => end === 'left');
      this.unheardCalls += mayBeUnheard ? Math.max(0, unheard) : 0;
      const isRight = unheard === 0 || (mayBeUnheard && unheard > 0);
      this.oracle.check('upstream calls are in the ledger', isRight, () => {
        const manners = calls.map(({ manner }) => manner).join(', ');
        return `request ${number}: ${written} attempts in the ledger, ${calls.length} calls [${manners}]`;
      });
    }
  }

  /**
   * The number of the replica that responded, by request id; nginx tried the last one that it
   * names.
   */
  private replicas(): ReadonlyMap<string, number> {
    const ports = this.world.replicas.map(({ port }) => String(port));
    return new Map(
      this.world.nginx
        .requests()
        .map((line) => [
          String(line['requestId']),
          ports.indexOf(String(line['upstream']).split(':').at(-1) ?? ''),
        ]),
    );
  }

  /** Whether a kill may have lost rows that were not yet written. */
  private mayBeLost(during: Span, replicas: readonly (number | undefined)[]): boolean {
    const outages = this.history.spans('postgres', 12_000);
    return this.history.kills.some(({ which, at }) => {
      const outage = outages.find((span) => touches(span, { from: at, to: at }));
      const from = Math.min(at, outage?.from ?? at) - LEDGER_LAG_MS;
      const isElsewhere = replicas.every((one) => one !== undefined && one !== which);
      return !isElsewhere && touches({ from, to: at + 1500 }, during);
    });
  }

  /** The counters of all replicas together equal the received calls. Call after {@link ledger}. */
  async metrics(): Promise<void> {
    for (const replica of this.world.replicas) {
      this.add(await replica.scrape(keyOf('operator')));
    }
    const counted = [...this.counted.values()].reduce((sum, calls) => sum + calls, 0);
    const { calls } = this.world.upstream;
    const unsure = calls.filter((call) =>
      this.unknown.some((span) => touches(span, callSpan(call))),
    ).length;
    const missing = calls.length - counted;
    const isRight = missing >= -this.unheardCalls - unsure && missing <= unsure;
    this.oracle.check('upstream calls are in the metrics', isRight, () => {
      return `${calls.length} calls came in, ${counted} were counted, ${unsure} at the time of a kill, ${this.unheardCalls} unheard: ${list(this.counted)}`;
    });
  }
}

/** The number of images that a budget pays for. */
function imagesFor(usd: number | undefined): number | undefined {
  return usd === undefined ? undefined : Math.floor(usd / PRICE_USD + 1e-9);
}

function list(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([what, count]) => `${what} ${count}`).join(', ');
}

/**
 * The interval in which a call certainly occupies a slot: Easel ends one that stalls, and the
 * upstream notices late.
 */
function callSpan(call: UpstreamCall): Span {
  const latest = call.manner === 'stall' ? call.arrivedAt + ATTEMPT_TIMEOUT_MS - 2000 : Infinity;
  return { from: call.arrivedAt, to: Math.min(call.endedAt ?? call.arrivedAt, latest) };
}
