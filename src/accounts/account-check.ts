import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GeminiFailure } from '../gemini/gemini-failure';
import type { Account } from './account';
import type { AccountPoolService } from './account-pool.service';
import type { PoolMember } from './pool-member';

/**
 * Tries an account's credential, at no cost.
 *
 * @returns why it is not accepted, or why that is unknown; undefined if it is accepted
 */
export type TryCredential = (
  account: Account,
  signal: AbortSignal,
) => Promise<GeminiFailure | undefined>;

export interface AccountCheckOptions {
  readonly isOn: boolean;
  /** The minimum time between the starts of two trials, in milliseconds. Only tests change it. */
  readonly paceMs?: number;
}

export interface CheckLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
}

const TRIALS_AT_A_TIME = 4;

/** Twenty per second: 5,000 accounts take four minutes, and no server mistakes it for an attack. */
const PACE_MS = 50;

/**
 * After this many failures in a row the network is the likely cause, and the rest would fail too.
 */
const MAX_FAILURES_IN_A_ROW = 20;

/** How many of the untried accounts the log names. */
const NAMED = 10;

/** The results of a pass so far. */
interface CheckTally {
  taken: number;
  refused: number;
  failedInARow: number;
  readonly failed: { readonly email: string; readonly reason: string }[];
}

/**
 * Tries the credential of each account before the first image needs it, so that the operator learns
 * of a rejected key at start, and not from the first client. Nothing waits for the result. It has
 * the same effect as a failed call, but only a rejected credential counts: an unreachable server
 * says nothing about the account.
 */
export class AccountCheck implements OnApplicationBootstrap, OnApplicationShutdown {
  /** For each account, the credential that was tried. */
  private readonly tried = new WeakMap<PoolMember, number>();
  private readonly stopped = new AbortController();
  private isAtWork = false;
  private isDueAgain = false;
  private nextAt = 0;

  constructor(
    private readonly pool: Pick<AccountPoolService, 'list' | 'mayCheck' | 'applyFailedCheck'>,
    private readonly trial: TryCredential,
    private readonly log: CheckLog,
    private readonly options: AccountCheckOptions,
  ) {}

  onApplicationBootstrap(): void {
    this.start();
  }

  onApplicationShutdown(): void {
    this.stopped.abort();
  }

  /** Tries every credential that was not tried yet; after a reload, the new ones. */
  start(): void {
    if (!this.options.isOn || this.stopped.signal.aborted) {
      return;
    }
    if (this.isAtWork) {
      this.isDueAgain = true;
      return;
    }
    this.isAtWork = true;
    void this.pass().finally(() => {
      this.isAtWork = false;
      if (this.isDueAgain) {
        this.isDueAgain = false;
        this.start();
      }
    });
  }

  private async pass(): Promise<void> {
    const tally: CheckTally = { taken: 0, refused: 0, failedInARow: 0, failed: [] };
    // Each account is examined only when its turn comes, because there may be thousands.
    const queue = this.pool.list().values();
    const work = async (): Promise<void> => {
      for (const member of queue) {
        if (tally.failedInARow >= MAX_FAILURES_IN_A_ROW) {
          return;
        }
        await this.check(member, tally);
      }
    };
    try {
      await Promise.all(Array.from({ length: TRIALS_AT_A_TIME }, work));
      this.tell(tally);
    } catch (error) {
      if (!this.stopped.signal.aborted) {
        this.log.warn({ error: String(error) }, 'account check aborted');
      }
    }
  }

  private async check(member: PoolMember, tally: CheckTally): Promise<void> {
    const { signal } = this.stopped;
    if (!this.isDue(member)) {
      return;
    }
    this.tried.set(member, member.credentialNumber);
    // One of several replicas tries it, and the others learn the result.
    if (!(await this.pool.mayCheck(member))) {
      return;
    }
    await this.turn(signal);
    const { account, healthEpoch } = member;
    const failure = await this.trial(account, signal);
    if (failure === undefined) {
      tally.taken += 1;
      tally.failedInARow = 0;
    } else if (!isRefusal(failure)) {
      tally.failed.push({ email: account.email, reason: failure.reason });
      tally.failedInARow += 1;
    } else {
      tally.refused += 1;
      tally.failedInARow = 0;
      // Meanwhile the credential may have been replaced, or the account enabled by an operator.
      if (member.healthEpoch === healthEpoch) {
        this.pool.applyFailedCheck(member, failure);
      }
    }
  }

  /** A disabled account need not be tried, and the emulator accepts any key. */
  private isDue(member: PoolMember): boolean {
    return (
      member.account.provider !== 'emulator' &&
      member.conditionOfAccount(Date.now()).state !== 'disabled' &&
      this.tried.get(member) !== member.credentialNumber
    );
  }

  private async turn(signal: AbortSignal): Promise<void> {
    const now = Date.now();
    const at = Math.max(now, this.nextAt);
    this.nextAt = at + (this.options.paceMs ?? PACE_MS);
    if (at > now) {
      await sleep(at - now, undefined, { signal, ref: false });
    }
  }

  /** A rejected credential has already been logged separately. */
  private tell({ taken, refused, failed, failedInARow }: CheckTally): void {
    const tried = taken + refused + failed.length;
    if (tried > 0) {
      this.log.info(
        { tried, taken, refused },
        `credentials of ${tried} account(s) checked: ${taken} accepted, ${refused} rejected`,
      );
    }
    if (failed.length > 0) {
      const accounts = failed.slice(0, NAMED).map(({ email }) => email);
      const reasons = [...new Set(failed.map(({ reason }) => reason))].slice(0, NAMED);
      const isOver = failedInARow >= MAX_FAILURES_IN_A_ROW;
      this.log.warn(
        { accounts, reasons },
        `${failed.length} account(s) could not be checked and stay in use` +
          (isOver ? '; the remaining ones were skipped' : ''),
      );
    }
  }
}

/**
 * Whether the credential itself is rejected. A key may be barred from some API methods and not from
 * others; such a failure says nothing about the call that makes images.
 */
function isRefusal({ kind, reason }: GeminiFailure): boolean {
  return kind === 'account_unusable' && !reason.includes('API_KEY_SERVICE_BLOCKED');
}
