import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { PLANNED_REQUEST, type CallManner, type PlannedRequest } from './planned-request';

/** The faults besides those of the upstream, all of which are repaired again. */
export const FAULT_KINDS = [
  'replica killed',
  'redis stopped',
  'redis frozen',
  'postgres stopped',
  'postgres frozen',
  's3 frozen',
  's3 failing',
  's3 cutting',
  'accounts rewritten',
  'accounts broken',
  'consumers rewritten',
  'consumers broken',
  'tokens refused',
  'token server failing',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** From the start of one request to the start of another. */
export interface PlannedFault {
  readonly kind: FaultKind;
  readonly from: number;
  readonly until: number;
  /** The index of one of two replicas. */
  readonly which: number;
}

/** The number of requests that are planned at once. */
export const CHAPTER = 400;

/**
 * Each resource can fail in only one way at a time; a replica cannot start while its file is
 * broken.
 */
export const RESOURCE: Readonly<Record<FaultKind, string>> = {
  'replica killed': 'start',
  'accounts rewritten': 'start',
  'accounts broken': 'start',
  'consumers rewritten': 'start',
  'consumers broken': 'start',
  'redis stopped': 'redis',
  'redis frozen': 'redis',
  'postgres stopped': 'postgres',
  'postgres frozen': 'postgres',
  's3 frozen': 's3',
  's3 failing': 's3',
  's3 cutting': 's3',
  'tokens refused': 'tokens',
  'token server failing': 'tokens',
};

const STORMS: readonly CallManner[] = [
  'rate limit',
  'unavailable',
  'internal',
  'reset',
  'stall',
  'truncated',
  'html',
];

interface DrawnFault {
  readonly isStorm: boolean;
  readonly kind: FaultKind;
  readonly storm: CallManner;
  readonly gap: number;
  readonly lasts: number;
  readonly which: number;
}

const FAULT: fc.Arbitrary<DrawnFault> = fc.record({
  isStorm: fc.noBias(fc.nat({ max: 99 })).map((roll) => roll < 25),
  kind: fc.constantFrom(...FAULT_KINDS),
  storm: fc.constantFrom(...STORMS),
  gap: fc.noBias(fc.integer({ min: 5, max: 30 })),
  lasts: fc.noBias(fc.integer({ min: 8, max: 40 })),
  which: fc.noBias(fc.nat({ max: 1 })),
});

/** A part of the plan; a request's number counts from the start of the plan. */
export interface Chapter {
  readonly requests: readonly PlannedRequest[];
  readonly faults: readonly PlannedFault[];
}

/** All decisions of a run, derived from the seed alone. */
export class Plan {
  private readonly chapters: Chapter[] = [];
  private readonly digest = createHash('sha256');

  /**
   * @param isCalm without faults and storms
   */
  constructor(
    readonly seed: number,
    readonly isCalm = false,
  ) {}

  /** A hash of the first requests and faults: equal for equal seeds, however long a run is. */
  get hash(): string {
    return createHash('sha256')
      .update(JSON.stringify(this.chapter(0)))
      .digest('hex')
      .slice(0, 16);
  }

  /** A hash of all chapters that were needed. */
  get wholeHash(): string {
    return this.digest.copy().digest('hex').slice(0, 16);
  }

  request(number: number): PlannedRequest {
    const request = this.chapter(Math.floor(number / CHAPTER)).requests[number % CHAPTER];
    if (request === undefined) {
      throw new Error(`the plan has no request ${number}`);
    }
    return request;
  }

  /** The faults that start with this request, and those that end with it. */
  faultsAt(number: number): {
    readonly begin: readonly PlannedFault[];
    readonly end: readonly PlannedFault[];
  } {
    const { faults } = this.chapter(Math.floor(number / CHAPTER));
    return {
      begin: faults.filter(({ from }) => from === number),
      end: faults.filter(({ until }) => until === number),
    };
  }

  private chapter(index: number): Chapter {
    for (let next = this.chapters.length; next <= index; next += 1) {
      const chapter = this.draw(next);
      this.digest.update(JSON.stringify(chapter));
      this.chapters.push(chapter);
    }
    const chapter = this.chapters[index];
    if (chapter === undefined) {
      throw new Error(`the plan has no chapter ${index}`);
    }
    return chapter;
  }

  private draw(index: number): Chapter {
    const seed = this.seed * 100_003 + index;
    const calm = fc.sample(PLANNED_REQUEST, { seed, numRuns: CHAPTER });
    if (this.isCalm) {
      return { requests: calm, faults: [] };
    }
    const drawn = fc.sample(FAULT, { seed: seed + 1, numRuns: CHAPTER });
    const requests = [...calm];
    const faults: PlannedFault[] = [];
    const busyUntil = new Map<string, number>();
    // Each chapter begins and ends without faults.
    let at = 10;
    for (const { isStorm, kind, storm, gap, lasts, which } of drawn) {
      at += gap;
      const until = at + lasts;
      if (until >= CHAPTER - 5) {
        break;
      }
      if (isStorm) {
        stormOver(requests, at, until, storm);
        continue;
      }
      const resource = RESOURCE[kind];
      if ((busyUntil.get(resource) ?? 0) < at) {
        busyUntil.set(resource, until);
        const first = index * CHAPTER;
        faults.push({ kind, from: first + at, until: first + until, which });
      }
    }
    return { requests, faults };
  }
}

/** Two of three requests are affected by the storm, some of them twice. */
function stormOver(
  requests: PlannedRequest[],
  from: number,
  until: number,
  storm: CallManner,
): void {
  for (let at = from; at < until; at += 1) {
    const request = requests[at];
    if (request !== undefined && request.choice % 3 !== 0) {
      const times = 1 + (request.choice % 2);
      const calls = request.calls.map((call, index) => (index < times ? storm : call));
      requests[at] = { ...request, calls };
    }
  }
}
