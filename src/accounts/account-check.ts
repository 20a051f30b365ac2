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
  /** Milliseconds from the start of one trial to that of the next, at least. Only tests are in a hurry. */
  readonly paceMs?: number;
}

export interface CheckLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
}

const TRIALS_AT_A_TIME = 4;

/** Twenty a second: 5,000 accounts take four minutes, and no server takes it for an attack. */
const PACE_MS = 50;

/** After so many in a row that came to nothing it is the network: the rest would fare no better. */
const MOST_IN_VAIN = 20;

/** How many of the accounts that could not be tried are named. */
const NAMED = 10;

/** How a pass has gone so far. */
interface CheckTally {
  taken: number;
  refused: number;
  inVainInARow: number;
  readonly inVain: { readonly email: string; readonly reason: string }[];
}

/**
 * Tries the credential of each account before an image is asked of it, so that a key which Google refuses is told at
 * the start, and not by the first client. Nobody waits for it. What it learns goes where a call's failure goes, but
 * only a credential that is refused counts: that a server is out of reach says nothing of the account.
 */
export class AccountCheck implements OnApplicationBootstrap, OnApplicationShutdown {
  /** By account, which of its credentials has been tried. */
  private readonly tried = new WeakMap<PoolMember, number>();
  private readonly stopped = new AbortController();
  private isAtWork = false;
  private isDueAgain = false;
  private nextAt = 0;

  constructor(
    private readonly pool: Pick<AccountPoolService, 'list' | 'mayCheck' | 'holdCheck'>,
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

  /** Tries every credential that has not been tried yet; after a reload those that are new. */
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
    const tally: CheckTally = { taken: 0, refused: 0, inVainInARow: 0, inVain: [] };
    // Thousands of accounts are looked at one by one, as their turn comes.
    const queue = this.pool.list().values();
    const work = async (): Promise<void> => {
      for (const member of queue) {
        if (tally.inVainInARow >= MOST_IN_VAIN) {
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
    // Of several replicas one tries it, and tells the others by what it finds.
    if (!(await this.pool.mayCheck(member))) {
      return;
    }
    await this.turn(signal);
    const { account, healthEpoch } = member;
    const failure = await this.trial(account, signal);
    if (failure === undefined) {
      tally.taken += 1;
      tally.inVainInARow = 0;
    } else if (!isRefusal(failure)) {
      tally.inVain.push({ email: account.email, reason: failure.reason });
      tally.inVainInARow += 1;
    } else {
      tally.refused += 1;
      tally.inVainInARow = 0;
      // Another credential, or an operator who has looked after it, may have come in between.
      if (member.healthEpoch === healthEpoch) {
        this.pool.holdCheck(member, failure);
      }
    }
  }

  /** One that is out of use for good need not be tried, and the emulator takes any key. */
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

  /** A refused credential has a line of its own by now. */
  private tell({ taken, refused, inVain, inVainInARow }: CheckTally): void {
    const tried = taken + refused + inVain.length;
    if (tried > 0) {
      this.log.info(
        { tried, taken, refused },
        `credentials of ${tried} account(s) checked: ${taken} accepted, ${refused} rejected`,
      );
    }
    if (inVain.length > 0) {
      const accounts = inVain.slice(0, NAMED).map(({ email }) => email);
      const reasons = [...new Set(inVain.map(({ reason }) => reason))].slice(0, NAMED);
      const isOver = inVainInARow >= MOST_IN_VAIN;
      this.log.warn(
        { accounts, reasons },
        `${inVain.length} account(s) could not be checked and stay in use` +
          (isOver ? '; the remaining ones were skipped' : ''),
      );
    }
  }
}

/**
 * Whether the credential itself is refused. A key may be kept from some methods of the API and not from others, so
 * that one says nothing of the call that makes images.
 */
function isRefusal({ kind, reason }: GeminiFailure): boolean {
  return kind === 'account_unusable' && !reason.includes('API_KEY_SERVICE_BLOCKED');
}
