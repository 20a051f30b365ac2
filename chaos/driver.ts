import { setTimeout as sleep } from 'node:timers/promises';
import type { Accounting } from './accounting';
import { exchange, type Exchange } from './exchange';
import type { History, PastFault } from './history';
import type { Oracle } from './oracle';
import { RESOURCE, type Plan, type PlannedFault } from './plan';
import { isIdempotent, makesImages, type PlannedRequest } from './planned-request';
import { digestOf, linksIn } from './response-images';
import type { RequestWriter } from './sent-request';
import { keyOf, REQUEST_DEADLINE_MS, type World } from './world';

/** Like OpenAI's SDKs: two retries. */
const MAX_RETRIES = 2;
/** Statuses that OpenAI's SDKs retry. */
const RETRIED = [408, 409, 429, 500, 502, 503, 504];
const PATIENCE_MS = REQUEST_DEADLINE_MS + 20_000;
/** The number of hosted images that may be fetched again. */
const KEPT_LINKS = 200;

interface HostedLink {
  readonly url: string;
  readonly number: number;
  /** Undefined until it was read once. */
  digest: string | undefined;
}

/** Sends the planned requests, several at a time, and injects the planned faults. */
export class Driver {
  /** How many planned requests have begun. */
  started = 0;
  private readonly links: HostedLink[] = [];
  /** Faults of the same resource run one after the other. */
  private readonly queues = new Map<string, Promise<void>>();
  private readonly open = new Map<PlannedFault, PastFault>();
  /** Why a fault could not be injected or repaired; it ends the run. */
  failure: Error | undefined;

  constructor(
    private readonly plan: Plan,
    private readonly world: World,
    private readonly oracle: Oracle,
    private readonly history: History,
    private readonly accounting: Accounting,
    private readonly writer: RequestWriter,
  ) {}

  /**
   * @param isOver called before each request
   */
  async run(lanes: number, isOver: (started: number) => boolean): Promise<void> {
    const work = async (): Promise<void> => {
      while (this.failure === undefined && !isOver(this.started)) {
        const number = this.started;
        this.started += 1;
        this.turn(number);
        await this.perform(number, this.plan.request(number));
      }
    };
    await Promise.all(Array.from({ length: lanes }, work));
    // Waits until all faults are repaired.
    await Promise.all(this.queues.values());
    for (const fault of this.open.keys()) {
      this.enqueue(fault, 'end');
    }
    await Promise.all(this.queues.values());
  }

  private turn(number: number): void {
    const { begin, end } = this.plan.faultsAt(number);
    for (const fault of end) {
      this.enqueue(fault, 'end');
    }
    for (const fault of begin) {
      this.enqueue(fault, 'begin');
    }
  }

  private enqueue(fault: PlannedFault, what: 'begin' | 'end'): void {
    const resource = RESOURCE[fault.kind];
    const before = this.queues.get(resource) ?? Promise.resolve();
    const next = before
      .then(() => (what === 'begin' ? this.begin(fault) : this.end(fault)))
      .catch((error: unknown) => {
        this.failure ??= error instanceof Error ? error : new Error(String(error));
      });
    this.queues.set(resource, next);
  }

  private async begin(fault: PlannedFault): Promise<void> {
    if (fault.kind === 'replica killed') {
      await this.accounting.beforeKill(fault.which);
    }
    this.open.set(fault, this.history.begin(fault.kind));
    if (fault.kind === 'replica killed') {
      this.history.kills.push({ which: fault.which, at: performance.now() });
    }
    await this.world.begin(fault);
  }

  private async end(fault: PlannedFault): Promise<void> {
    await this.world.end(fault);
    const past = this.open.get(fault);
    if (past !== undefined) {
      past.to = performance.now();
    }
    this.open.delete(fault);
  }

  private async perform(number: number, plan: PlannedRequest): Promise<void> {
    if (plan.kind === 'file') {
      const link = this.links[plan.choice % Math.max(1, this.links.length)];
      if (link !== undefined) {
        await this.read(link, plan, `request ${number}`);
      }
      return;
    }
    const idempotency = isIdempotent(plan) ? plan.idempotency : 'none';
    if (idempotency === 'key, twice at once') {
      await Promise.all(['a', 'b'].map((copy) => this.ask(number, plan, copy)));
      return;
    }
    const first = await this.ask(number, plan, 'a');
    if (idempotency === 'key, again' && first !== undefined) {
      const second = await this.ask(number, plan, 'b');
      this.compare(first, second, `request ${number} (${plan.kind}), sent again`);
    }
  }

  private compare(first: Exchange, second: Exchange | undefined, about: string): void {
    const isWhole = first.status === 200 && first.end === 'whole' && second?.end === 'whole';
    if (isWhole && this.history.keepsKeys({ from: first.startedAt, to: second.endedAt })) {
      this.oracle.judgeReplay(first, second, about);
    }
  }

  /** Sends a request, with retries like an SDK. Returns its last attempt. */
  private async ask(
    number: number,
    plan: PlannedRequest,
    copy: string,
  ): Promise<Exchange | undefined> {
    let got: Exchange | undefined;
    for (let tries = 0; tries <= MAX_RETRIES; tries += 1) {
      got = await this.send(number, plan, copy, tries);
      if (!plan.retries || !makesImages(plan.kind) || !isTriedAgain(got)) {
        break;
      }
      const seconds = Number(got.headers['retry-after'] ?? 0.2);
      await sleep(Math.min(1, seconds) * 1000);
    }
    return got;
  }

  private async send(
    number: number,
    plan: PlannedRequest,
    copy: string,
    tries: number,
  ): Promise<Exchange> {
    const id = `chaos-${this.plan.seed}-${number}-${copy}${tries}`;
    const key = keyOf(plan.consumer);
    const sent = await this.writer.write(this.world.nginx.url, plan, { number, key, id, tries });
    // A client disconnects only once; its retry must get the image.
    const leaving = tries === 0 && copy === 'a' ? plan.leaving : 'never';
    let forget = (): void => undefined;
    const got = await exchange(sent, {
      leaves: leaving === 'once called' ? 'when told' : leaving,
      ...(leaving === 'once called' && {
        onStart: (leave) => {
          forget = this.world.upstream.onCalled(number, leave);
        },
      }),
      isSlow: plan.isSlowReader,
      patienceMs: PATIENCE_MS,
    });
    forget();
    const { startedAt, endedAt, end } = got;
    this.history.addTry({ number, id, startedAt, endedAt, end });
    const about = `request ${number} (${plan.kind} of ${plan.consumer}, try ${copy}${tries})`;
    this.oracle.judge(number, plan, got, about);
    if (got.status === 200 && got.end === 'whole' && makesImages(plan.kind)) {
      for (const url of linksIn(got.body)) {
        const link = { url, number, digest: undefined };
        this.links.push(link);
        await this.read(link, plan, about);
      }
      this.links.splice(0, Math.max(0, this.links.length - KEPT_LINKS));
    }
    return got;
  }

  /** The bytes of a hosted image are those that were made for its request. */
  private async read(link: HostedLink, plan: PlannedRequest, about: string): Promise<void> {
    const got = await exchange(
      { method: 'GET', url: link.url, headers: {} },
      { leaves: 'never', isSlow: plan.isSlowReader, patienceMs: PATIENCE_MS },
    );
    const told = `${about}, the image hosted for request ${link.number}`;
    this.oracle.explainFile(plan, got, isOver(link.url), told);
    if (got.status === 200 && got.end === 'whole') {
      const digest = digestOf(got.body);
      const isOwn = this.world.upstream.made.get(digest)?.request === link.number;
      link.digest ??= isOwn ? digest : 'an image of its request';
      this.oracle.judgeFile(link.digest, got, digest, told);
    }
  }
}

/** Whether a signed URL has expired according to its own parameters. */
function isOver(url: string): boolean {
  return Date.now() >= Number(new URL(url).searchParams.get('exp')) * 1000;
}

function isTriedAgain({ status, end, headers }: Exchange): boolean {
  if (end !== 'whole') {
    return status === undefined;
  }
  return headers['x-should-retry'] !== 'false' && RETRIED.includes(status ?? 0);
}
