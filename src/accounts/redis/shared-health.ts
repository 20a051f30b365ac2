import { HEALTHY, type AccountHealth } from '../account-health';
import { reconciled } from '../reconciled-health';
import { writeHealth } from '../health-record';
import type { HealthRecord, ScriptResult } from './pool-reply';

/** Computes an account's health after an event from its health before it. */
export type HealthTransition = (health: AccountHealth) => AccountHealth;

/** Writes a record based on the known version; undefined if Redis is away. */
export type RecordWriter = (
  field: string,
  known: number,
  json: string,
) => Promise<ScriptResult | undefined>;

/** The pool member to which the health applies. */
export interface HealthOwner {
  health: AccountHealth;
  readonly credential: string;
  readonly account: { readonly email: string };
}

/** The name of a member's record. Each credential has its own record. */
export function healthField({ credential, account }: HealthOwner): string {
  return `${credential} ${account.email}`;
}

/**
 * One account's health as the replicas agree on it, and the changes that this replica has yet to
 * write. If another replica writes first, the changes are applied again on top of its record, so
 * that no change is lost.
 */
export class SharedHealth {
  readonly field: string;
  private knownVersion = 0;
  private agreed = HEALTHY;
  private pending: HealthTransition[] = [];
  private isWriting = false;
  private hasChangedOffline = false;

  constructor(
    private readonly owner: HealthOwner,
    private readonly writeRecord: RecordWriter,
  ) {
    this.field = healthField(owner);
  }

  get version(): number {
    return this.knownVersion;
  }

  get current(): AccountHealth {
    return this.pending.reduce((health, transition) => transition(health), this.agreed);
  }

  /** Applies a change of this replica, and writes it at once. */
  add(transition: HealthTransition): void {
    this.pending.push(transition);
    void this.write();
  }

  /** Applies a change of this replica that cannot be written now. */
  changedOffline(): void {
    this.hasChangedOffline = true;
  }

  disconnect(): void {
    this.hasChangedOffline ||= this.pending.length > 0;
    this.pending = [];
  }

  /** Adopts another replica's record; false if it is not newer, because messages may be late. */
  adopt(record: HealthRecord | undefined): boolean {
    if (record === undefined || record.version <= this.knownVersion) {
      return false;
    }
    this.knownVersion = record.version;
    this.agreed = record.health;
    this.show();
    return true;
  }

  /**
   * Handles a script's report that the record is not the version that the change was based on.
   *
   * @returns false if the known record is gone, because Redis has lost its data or a replica has
   * dropped the credential: this replica then writes its own view again
   */
  resolveStale(known: number, record: HealthRecord | undefined): boolean {
    // A message may have brought the newer record first.
    if (this.adopt(record) || this.knownVersion > known) {
      return true;
    }
    this.rejoin(record, false);
    return false;
  }

  /**
   * Called when Redis is back: reconciles this replica's view with what the others wrote.
   *
   * @param record undefined if no replica has written one
   * @param isSameStore false if Redis has lost its data, or is new to this replica
   */
  rejoin(record: HealthRecord | undefined, isSameStore: boolean): void {
    const local = this.owner.health;
    const hasLearnt = this.hasChangedOffline || !isSameStore;
    this.knownVersion = record?.version ?? 0;
    this.agreed = record?.health ?? HEALTHY;
    this.hasChangedOffline = false;
    const together = reconciled(local, this.agreed);
    const bringsNews =
      hasLearnt && together !== this.agreed && writeHealth(together) !== writeHealth(this.agreed);
    this.pending = bringsNews ? [(health) => reconciled(local, health)] : [];
    this.show();
    void this.write();
  }

  /**
   * A reply may arrive after the member's credential was replaced; it does not apply to the new
   * one.
   */
  private show(): void {
    if (healthField(this.owner) === this.field) {
      this.owner.health = this.current;
    }
  }

  /** Writes on top of the latest record until nothing is pending; one write at a time. */
  private async write(): Promise<void> {
    if (this.isWriting) {
      return;
    }
    this.isWriting = true;
    while (this.pending.length > 0) {
      const { knownVersion: known, current: health } = this;
      const count = this.pending.length;
      const result = await this.writeRecord(this.field, known, writeHealth(health));
      if (result?.kind === 'done') {
        this.pending.splice(0, count);
        // Another replica may have written on top of it, and its message may have come first.
        this.adopt({ version: result.version, health });
        this.show();
      } else if (result?.kind === 'stale') {
        this.resolveStale(known, result.record);
      } else {
        // Offline: the next sync reconciles.
        break;
      }
    }
    this.isWriting = false;
  }
}
