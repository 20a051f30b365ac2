import type { AppConfig } from '../config/app-config';
import type { GatewayFault } from '../errors/gateway-error';
import { isSpent } from '../gemini/gemini-failure';
import type { AccountRules, GoogleApi } from './account';
import type { Cause, Condition } from './account-health';
import {
  MAX_NAMED,
  noAccountFault,
  type FaultReader,
  type UnusableAccount,
} from './no-account-fault';

export type Scheduling = AppConfig['accounts']['scheduling'];

/** The part of an account that the selection reads. */
export interface Candidate {
  readonly rules: AccountRules;
  readonly inFlight: number;
  /** A counter that grows with every lease: the smaller, the longer the account has been idle. */
  readonly lastUsed: number;
  /** A number that is constant for the account; it spreads users over accounts. */
  readonly hash: number;
  conditionFor(model: string, now: number): Condition;
}

export interface SelectionQuery {
  readonly model: string;
  readonly scheduling: Scheduling;
  /** A value that identifies one user; only `sticky` reads it. */
  readonly stickyKey: string | undefined;
  /** Accounts on which this image has failed, by email. */
  readonly tried: ReadonlySet<string>;
  /** Whether each of them has reported a rate limit, which may be over by now. */
  readonly areTriedLimited?: boolean | undefined;
  /** The API that can serve the request, if not both can and there are accounts of it. */
  readonly api?: GoogleApi | undefined;
  /** When the image must be finished; the selection never waits beyond it. */
  readonly deadlineAt: number;
  /** Epoch milliseconds, like all times here. */
  readonly now: number;
  /**
   * The consumer that will read why no account can serve; absent if it must not learn about
   * accounts.
   */
  readonly reader?: FaultReader | undefined;
}

export type Selection<C extends Candidate> =
  | { readonly kind: 'lease'; readonly candidate: C; readonly isProbe: boolean }
  /** No account is free now; one will be at `until` (epoch milliseconds), if that is known. */
  | { readonly kind: 'wait'; readonly until: number | undefined }
  | { readonly kind: 'refuse'; readonly fault: GatewayFault };

/** The maximum wait that costs a client less than an error. */
const MAX_WAIT_MS = 5000;

/** What one pass over all candidates finds. */
interface CandidateScan<C> {
  /** The best free account that has not failed this image, and the best one that has. */
  fresh: C | undefined;
  tried: C | undefined;
  /** An exhausted account that may be probed. */
  probe: C | undefined;
  freshIsReady: boolean;
  triedIsReady: boolean;
  /** When the first account that is out of use returns; Infinity if none does. */
  soonest: number;
  soonestRateLimit: number;
  soonestQuota: number;
  readonly causes: Set<Cause>;
  /** The disabled accounts: how many, and the first few. */
  disabledCount: number;
  readonly disabled: UnusableAccount[];
}

/**
 * Chooses the account for one image, in one pass over the candidates.
 *
 * An account that has failed this image comes after every other that could still make it, even a
 * busy one. Among equals the lowest `priority` decides, then the scheduling. An exhausted account
 * is probed occasionally, when no other account is left.
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
    // The wait ends when an account has a free slot, or has cooled down.
    return { kind: 'wait', until: finite(scan.soonest) };
  }
  const lastMoment = Math.min(query.now + MAX_WAIT_MS, query.deadlineAt);
  if (scan.soonest <= lastMoment) {
    return { kind: 'wait', until: scan.soonest };
  }
  return scan.probe === undefined
    ? { kind: 'refuse', fault: refusalReason(scan, query) }
    : { kind: 'lease', candidate: scan.probe, isProbe: true };
}

/**
 * Why no account can serve an image; undefined if one can, now or once it has a free slot. An
 * account that will be back in a moment cannot: an image that has no attempt left does not wait.
 */
export function refusalNow(
  candidates: Iterable<Candidate>,
  query: SelectionQuery,
): GatewayFault | undefined {
  const scan = scanCandidates(candidates, query);
  if (scan.triedIsReady && query.areTriedLimited === true) {
    // They may be called again at once, but no account has served this image.
    scan.triedIsReady = false;
    scan.causes.add('rate_limit');
    scan.soonestRateLimit = query.now;
  }
  const isServable = scan.freshIsReady || scan.triedIsReady || scan.probe !== undefined;
  return isServable ? undefined : refusalReason(scan, query);
}

function scanCandidates<C extends Candidate>(
  candidates: Iterable<C>,
  query: SelectionQuery,
): CandidateScan<C> {
  const { model, api, tried, now } = query;
  const isBetter = rankingOf(query.scheduling, query.stickyKey);
  const scan: CandidateScan<C> = {
    fresh: undefined,
    tried: undefined,
    probe: undefined,
    freshIsReady: false,
    triedIsReady: false,
    soonest: Number.POSITIVE_INFINITY,
    soonestRateLimit: Number.POSITIVE_INFINITY,
    soonestQuota: Number.POSITIVE_INFINITY,
    causes: new Set(),
    disabledCount: 0,
    disabled: [],
  };
  for (const candidate of candidates) {
    const { rules } = candidate;
    if (rules.models?.includes(model) === false || (api !== undefined && rules.api !== api)) {
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
    scan.disabledCount += 1;
    if (scan.disabled.length < MAX_NAMED) {
      scan.disabled.push({ email: candidate.rules.email, reason: condition.reason });
    }
    return;
  }
  scan.soonest = Math.min(scan.soonest, condition.until);
  if (condition.cause === 'rate_limit') {
    scan.soonestRateLimit = Math.min(scan.soonestRateLimit, condition.until);
  }
  if (condition.cause === 'quota' && !isSpent(condition.reason)) {
    scan.soonestQuota = Math.min(scan.soonestQuota, condition.until);
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

/** Whether the second account comes before the first. */
export type Ranking = (first: Candidate, second: Candidate) => boolean;

/** The order of free accounts: the lowest `priority` first, then by the scheduling. */
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
      // Accounts are in file order, so the first one remains the best.
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

/**
 * Rendezvous hashing: a user keeps an account as long as it can serve, whatever others are added or
 * removed.
 */
export function closeness(userHash: number, hash: number): number {
  return mix(userHash ^ hash);
}

/** FNV-1a over UTF-16 units; it only has to spread well. */
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

/** Why no account can serve: the cause that ends soonest decides. */
function refusalReason(
  scan: CandidateScan<unknown>,
  { model, now, reader }: SelectionQuery,
): GatewayFault {
  const { causes, soonestRateLimit, soonestQuota } = scan;
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
    const until = finite(soonestQuota);
    return { kind: 'quota_exhausted', ...(until === undefined ? {} : { until }) };
  }
  if (causes.has('model_missing') || causes.size === 0) {
    return { kind: 'model_not_found', model };
  }
  return noAccountFault(scan.disabled, scan.disabledCount, reader);
}

function finite(time: number): number | undefined {
  return Number.isFinite(time) ? time : undefined;
}

/** Whole seconds from 1 to 60: openai-node ignores more than 60, openai-python gives up past 120. */
export function retryAfterSeconds(waitMs: number): number {
  return Math.min(Math.max(Math.ceil(waitMs / 1000), 1), 60);
}
