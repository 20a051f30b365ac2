import type { GatewayFault } from '../errors/gateway-error';
import type { AppConfig } from '../config/app-config';
import type { Account, Condition } from './account';

export type Scheduling = AppConfig['accounts']['scheduling'];

/** An account as the choice sees it. */
export interface Candidate {
  readonly account: Account;
  /** Its condition for the model that is asked for. */
  readonly condition: Condition;
  readonly inFlight: number;
  /** A counter that grows with every lease: the smaller, the longer ago. */
  readonly lastUsed: number;
  /** This image has already failed on it. */
  readonly tried: boolean;
}

export type Choice =
  | { readonly kind: 'lease'; readonly account: Account }
  /** Nobody is free now; `until` (epoch milliseconds) is when somebody will be, if that is known. */
  | { readonly kind: 'wait'; readonly until: number | undefined }
  | { readonly kind: 'refuse'; readonly fault: GatewayFault };

/** A wait this short costs less than an error, so it is waited out. */
const LONGEST_WAIT_MS = 5000;

export interface Question {
  readonly model: string;
  readonly scheduling: Scheduling;
  /** Whatever stays the same for one user; only `sticky` looks at it. */
  readonly stickyKey: string | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * Chooses the account for one image among those that may serve its model.
 *
 * An account that has failed this image comes after every other that could still make it, also
 * after one that is only busy. Among equals the lowest `priority` decides, then the scheduling.
 */
export function choose(candidates: readonly Candidate[], question: Question): Choice {
  const ready = candidates.filter(({ condition }) => condition.state === 'ready');
  const fresh = ready.filter(({ tried }) => !tried);
  const eligible = fresh.length > 0 ? fresh : ready;
  if (eligible.length > 0) {
    const free = eligible.filter(({ account, inFlight }) => inFlight < account.maxConcurrency);
    const best = pick(free, question);
    return best === undefined
      ? // A place that comes free ends the wait, or an account that has cooled down before that.
        { kind: 'wait', until: soonestEnd(candidates) }
      : { kind: 'lease', account: best.account };
  }
  const soonest = soonestEnd(candidates);
  return soonest !== undefined && soonest - question.now <= LONGEST_WAIT_MS
    ? { kind: 'wait', until: soonest }
    : { kind: 'refuse', fault: verdict(candidates, question) };
}

function pick(
  free: readonly Candidate[],
  { scheduling, stickyKey }: Question,
): Candidate | undefined {
  const first = free.reduce(
    (lowest, { account }) => Math.min(lowest, account.priority),
    Number.POSITIVE_INFINITY,
  );
  const tier = free.filter(({ account }) => account.priority === first);
  switch (scheduling) {
    case 'fill-first':
      return tier[0];
    case 'sticky':
      return stickyKey === undefined ? leastBusy(tier) : highest(tier, stickyKey);
    case 'balanced':
      return leastBusy(tier);
  }
}

function leastBusy(tier: readonly Candidate[]): Candidate | undefined {
  return tier.reduce<Candidate | undefined>((best, next) => {
    if (best === undefined || next.inFlight < best.inFlight) {
      return next;
    }
    return next.inFlight === best.inFlight && next.lastUsed < best.lastUsed ? next : best;
  }, undefined);
}

/** Rendezvous hashing: a user keeps the account while it can serve, whoever else comes or goes. */
function highest(tier: readonly Candidate[], key: string): Candidate | undefined {
  return tier.reduce<Candidate | undefined>(
    (best, next) => (best === undefined || weight(key, next) > weight(key, best) ? next : best),
    undefined,
  );
}

/** FNV-1a with a final mix over key and account: spread is all that is asked of it. */
function weight(key: string, { account }: Candidate): number {
  let hash = 0x811c9dc5;
  for (const character of `${key}\n${account.email}`) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

function soonestEnd(candidates: readonly Candidate[]): number | undefined {
  const ends = candidates.flatMap(({ condition }) =>
    'until' in condition ? [condition.until] : [],
  );
  return ends.length === 0 ? undefined : ends.reduce((soonest, end) => Math.min(soonest, end));
}

/** Why nobody can serve: the cause that is soonest over speaks for all. */
function verdict(candidates: readonly Candidate[], { model, now }: Question): GatewayFault {
  const cooling = candidates.filter(({ condition }) => causeOf(condition) === 'rate_limit');
  const soonest = soonestEnd(cooling);
  if (soonest !== undefined) {
    return { kind: 'rate_limited', retryAfterSeconds: retryAfterSeconds(soonest - now) };
  }
  const causes = new Set(candidates.map(({ condition }) => causeOf(condition)));
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
  if (causes.has('model_missing') || candidates.length === 0) {
    return { kind: 'model_not_found', model };
  }
  return {
    kind: 'no_account_available',
    message: 'No account is usable: all are disabled or have no valid credential.',
  };
}

function causeOf(condition: Condition): string | undefined {
  return condition.state === 'ready' ? undefined : condition.cause;
}

/** Whole seconds from 1 to 60: openai-node ignores more than 60, openai-python gives up past 120. */
export function retryAfterSeconds(waitMs: number): number {
  return Math.min(Math.max(Math.ceil(waitMs / 1000), 1), 60);
}
