import type { AppConfig } from '../config/app-config';
import type { GatewayFault } from '../errors/gateway-error';
import type { AccountRules } from './account';
import type { Cause, Condition } from './account-health';

export type Scheduling = AppConfig['accounts']['scheduling'];

/** An account as the choice sees it. */
export interface Candidate {
  readonly rules: AccountRules;
  readonly inFlight: number;
  /** A counter that grows with every lease: the smaller, the longer ago. */
  readonly lastUsed: number;
  /** Spreads users over accounts; any number that stays the same for the account. */
  readonly hash: number;
  conditionFor(model: string, now: number): Condition;
}

export interface SelectionQuery {
  readonly model: string;
  readonly scheduling: Scheduling;
  /** Whatever stays the same for one user; only `sticky` looks at it. */
  readonly stickyKey: string | undefined;
  /** Accounts on which this image has failed, by email. */
  readonly tried: ReadonlySet<string>;
  /** Until when the image must be there; a wait beyond it is no wait worth having. */
  readonly deadlineAt: number;
  /** Epoch milliseconds, as all times here. */
  readonly now: number;
}

export type Selection<C extends Candidate> =
  | { readonly kind: 'lease'; readonly candidate: C; readonly isProbe: boolean }
  /** Nobody is free now; `until` (epoch milliseconds) is when somebody will be, if that is known. */
  | { readonly kind: 'wait'; readonly until: number | undefined }
  | { readonly kind: 'refuse'; readonly fault: GatewayFault };

/** A wait this short costs less than an error, so it is waited out. */
const LONGEST_WAIT_MS = 5000;

/** What one pass over all candidates finds. */
interface CandidateScan<C> {
  /** The best free account that has not failed this image, and the best of those that have. */
  fresh: C | undefined;
  tried: C | undefined;
  /** An account out of quota that may be asked whether it still is. */
  probe: C | undefined;
  freshIsReady: boolean;
  triedIsReady: boolean;
  /** When the first account that is out of use comes back; Infinity where none does. */
  soonest: number;
  soonestRateLimit: number;
  readonly causes: Set<Cause>;
}

/**
 * Chooses the account for one image, in one pass over the candidates.
 *
 * An account that has failed this image comes after every other that could still make it, also
 * after one that is only busy. Among equals the lowest `priority` decides, then the scheduling. An
 * account out of quota is asked again, now and then, when there is nobody else.
 */
export function choose<C extends Candidate>(
  candidates: Iterable<C>,
  query: SelectionQuery,
): Selection<C> {
  const scan = scanCandidates(candidates, query);
  const best = scan.freshIsReady ? scan.fresh : scan.tried;
  if (best !== undefined) {
    return { kind: 'lease', candidate: best, isProbe: false };
  }
  if (scan.freshIsReady || scan.triedIsReady) {
    // A place that comes free ends the wait, or an account that has cooled down before that.
    return { kind: 'wait', until: finite(scan.soonest) };
  }
  const lastMoment = Math.min(query.now + LONGEST_WAIT_MS, query.deadlineAt);
  if (scan.soonest <= lastMoment) {
    return { kind: 'wait', until: scan.soonest };
  }
  return scan.probe === undefined
    ? { kind: 'refuse', fault: refusalReason(scan, query) }
    : { kind: 'lease', candidate: scan.probe, isProbe: true };
}

/**
 * Why no account can take an image at this moment, short waits included; undefined when one could,
 * at once or as soon as it has a place.
 */
export function refusalNow(
  candidates: Iterable<Candidate>,
  query: SelectionQuery,
): GatewayFault | undefined {
  const scan = scanCandidates(candidates, query);
  const isServable = scan.freshIsReady || scan.triedIsReady || scan.probe !== undefined;
  return isServable ? undefined : refusalReason(scan, query);
}

function scanCandidates<C extends Candidate>(
  candidates: Iterable<C>,
  query: SelectionQuery,
): CandidateScan<C> {
  const { model, tried, now } = query;
  const isBetter = rankingOf(query.scheduling, query.stickyKey);
  const scan: CandidateScan<C> = {
    fresh: undefined,
    tried: undefined,
    probe: undefined,
    freshIsReady: false,
    triedIsReady: false,
    soonest: Number.POSITIVE_INFINITY,
    soonestRateLimit: Number.POSITIVE_INFINITY,
    causes: new Set(),
  };
  for (const candidate of candidates) {
    const { rules } = candidate;
    if (rules.models !== undefined && !rules.models.includes(model)) {
      continue;
    }
    const condition = candidate.conditionFor(model, now);
    if (condition.state !== 'ready') {
      recordUnavailable(scan, candidate, condition, query);
      continue;
    }
    const isFree = candidate.inFlight < rules.maxConcurrency;
    if (tried.has(rules.email)) {
      scan.triedIsReady = true;
      scan.tried = isFree ? better(scan.tried, candidate, isBetter) : scan.tried;
    } else {
      scan.freshIsReady = true;
      scan.fresh = isFree ? better(scan.fresh, candidate, isBetter) : scan.fresh;
    }
  }
  return scan;
}

function better<C extends Candidate>(best: C | undefined, next: C, isBetter: Ranking): C {
  return best === undefined || isBetter(best, next) ? next : best;
}

function recordUnavailable<C extends Candidate>(
  scan: CandidateScan<C>,
  candidate: C,
  condition: Exclude<Condition, { state: 'ready' }>,
  { tried, now }: SelectionQuery,
): void {
  scan.causes.add(condition.cause);
  if (condition.state === 'disabled') {
    return;
  }
  scan.soonest = Math.min(scan.soonest, condition.until);
  if (condition.cause === 'rate_limit') {
    scan.soonestRateLimit = Math.min(scan.soonestRateLimit, condition.until);
  }
  const mayProbe =
    condition.state === 'exhausted' &&
    condition.probeAt <= now &&
    candidate.inFlight < candidate.rules.maxConcurrency &&
    !tried.has(candidate.rules.email);
  if (mayProbe) {
    scan.probe ??= candidate;
  }
}

/** Whether the second is to be taken before the first. */
export type Ranking = (first: Candidate, second: Candidate) => boolean;

/** Who comes first of those that are free: the lowest `priority`, then as the scheduling has it. */
export function rankingOf(scheduling: Scheduling, stickyKey: string | undefined): Ranking {
  const isBetter = rankingAmongEquals(scheduling, stickyKey);
  return (first, second) =>
    second.rules.priority === first.rules.priority
      ? isBetter(first, second)
      : second.rules.priority < first.rules.priority;
}

function rankingAmongEquals(scheduling: Scheduling, stickyKey: string | undefined): Ranking {
  switch (scheduling) {
    case 'fill-first':
      // In file order the first is the better one.
      return () => false;
    case 'sticky':
      return stickyKey === undefined ? isLessBusy : isCloserTo(hashOf(stickyKey));
    case 'balanced':
      return isLessBusy;
  }
}

function isLessBusy(first: Candidate, second: Candidate): boolean {
  return second.inFlight === first.inFlight
    ? second.lastUsed < first.lastUsed
    : second.inFlight < first.inFlight;
}

function isCloserTo(userHash: number): Ranking {
  return (first, second) => closeness(userHash, second.hash) > closeness(userHash, first.hash);
}

/** Rendezvous hashing: a user keeps the account while it can serve, whoever else comes or goes. */
export function closeness(userHash: number, hash: number): number {
  return mix(userHash ^ hash);
}

/** FNV-1a over UTF-16 units: spread is all that is asked of it. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return mix(hash);
}

function mix(bits: number): number {
  let hash = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Why nobody can serve: the cause that is soonest over speaks for all. */
function refusalReason(scan: CandidateScan<unknown>, { model, now }: SelectionQuery): GatewayFault {
  const { causes, soonestRateLimit } = scan;
  if (causes.has('rate_limit')) {
    return { kind: 'rate_limited', retryAfterSeconds: retryAfterSeconds(soonestRateLimit - now) };
  }
  if (causes.has('fault')) {
    return {
      kind: 'upstream_error',
      message: 'The image model fails on every account that could serve this request.',
      shouldRetry: true,
    };
  }
  if (causes.has('quota')) {
    return { kind: 'quota_exhausted' };
  }
  if (causes.has('model_missing') || causes.size === 0) {
    return { kind: 'model_not_found', model };
  }
  return {
    kind: 'no_account_available',
    message: 'No account is usable: all are disabled or have no valid credential.',
  };
}

function finite(time: number): number | undefined {
  return Number.isFinite(time) ? time : undefined;
}

/** Whole seconds from 1 to 60: openai-node ignores more than 60, openai-python gives up past 120. */
export function retryAfterSeconds(waitMs: number): number {
  return Math.min(Math.max(Math.ceil(waitMs / 1000), 1), 60);
}
