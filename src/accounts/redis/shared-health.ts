import { HEALTHY, reconciled, type AccountHealth } from '../account-health';
import { writeHealth } from '../health-record';
import type { HealthRecord } from './pool-reply';

/** What something that happened makes of an account's health, whatever that was before. */
export type HealthTransition = (health: AccountHealth) => AccountHealth;

/** What is to be written, unless somebody else has written since. */
export interface HealthWrite {
  readonly known: number;
  readonly health: AccountHealth;
  /** How many transitions it takes in. */
  readonly transitions: number;
}

/**
 * One account's health as the replicas agree on it, and what this one has seen since. When another
 * replica was quicker, what was seen here is applied on top of what that one wrote, so that neither
 * is lost.
 */
export class SharedHealth {
  private knownVersion = 0;
  private agreed: AccountHealth = HEALTHY;
  private pending: HealthTransition[] = [];
  private changedApart = false;

  /** @param field the account and its credential; another credential is another health */
  constructor(readonly field: string) {}

  get version(): number {
    return this.knownVersion;
  }

  get current(): AccountHealth {
    return this.pending.reduce((health, transition) => transition(health), this.agreed);
  }

  /** Something has happened here, with the replicas in touch. */
  add(transition: HealthTransition): void {
    this.pending.push(transition);
  }

  /** Something has happened here that the replicas cannot be told of now. */
  changedWhileApart(): void {
    this.changedApart = true;
  }

  /** The replicas cannot be told any more. */
  part(): void {
    this.changedApart ||= this.pending.length > 0;
    this.pending = [];
  }

  /** Takes over what another replica has written; older news, which may come late, is none. */
  accept(record: HealthRecord): boolean {
    if (record.version <= this.knownVersion) {
      return false;
    }
    this.knownVersion = record.version;
    this.agreed = record.health;
    return true;
  }

  /** What has yet to be written; undefined when nothing has. */
  get unwritten(): HealthWrite | undefined {
    return this.pending.length === 0
      ? undefined
      : { known: this.knownVersion, health: this.current, transitions: this.pending.length };
  }

  /** It is on record. Somebody may have written on top of it, and that news may have come first. */
  written({ health, transitions }: HealthWrite, version: number): void {
    this.pending.splice(0, transitions);
    this.accept({ version, health });
  }

  /**
   * In touch again: works out what holds from what was believed here and what the others wrote.
   *
   * @param mine what holds here at this moment
   * @param theirs undefined where nobody has written
   * @param isSameStore false when Redis has lost all it knew, or is met for the first time
   */
  rejoin(mine: AccountHealth, theirs: HealthRecord | undefined, isSameStore: boolean): void {
    const hasLearnt = this.changedApart || !isSameStore;
    this.knownVersion = theirs?.version ?? 0;
    this.agreed = theirs?.health ?? HEALTHY;
    this.changedApart = false;
    const together = reconciled(mine, this.agreed);
    const bringsNews =
      hasLearnt && together !== this.agreed && writeHealth(together) !== writeHealth(this.agreed);
    this.pending = bringsNews ? [(health) => reconciled(mine, health)] : [];
  }
}
