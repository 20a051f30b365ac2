import { writeHealth } from '../health-record';
import type { PoolMember } from '../pool-member';
import { readVerdict, type HealthRecord } from './pool-reply';
import { CHANGE, FORGET, type PoolScript } from './pool-script';
import { SharedHealth, type HealthTransition } from './shared-health';

/** Runs a script; the answer is undefined where the replicas are apart. */
type Tell = (script: PoolScript, args: readonly (string | number)[]) => Promise<unknown>;

/** Keeps what the members of the pool are like the same on all replicas. */
export class HealthExchange {
  private readonly healths = new WeakMap<PoolMember, SharedHealth>();
  private readonly writing = new Set<SharedHealth>();

  constructor(private readonly tell: Tell) {}

  /** What is shared of a member; another one as soon as its credential is another. */
  of(member: PoolMember): SharedHealth {
    const field = `${member.credential} ${member.account.email}`;
    const known = this.healths.get(member);
    if (known?.field === field) {
      return known;
    }
    if (known !== undefined) {
      // Should the former credential ever come back, it is a new chance again.
      void this.tell(FORGET, [known.field]);
    }
    const health = new SharedHealth(field);
    this.healths.set(member, health);
    return health;
  }

  /** This process has changed a member's health, by this transition. */
  changed(member: PoolMember, transition: HealthTransition, isJoined: boolean): void {
    const health = this.of(member);
    if (isJoined) {
      health.add(transition);
      void this.write(member, health);
    } else {
      health.changedWhileApart();
    }
  }

  /** Takes over what another replica has written; says whether that was news. */
  adopt(member: PoolMember, record: HealthRecord | undefined): boolean {
    const health = this.of(member);
    const isNews = record !== undefined && health.accept(record);
    if (isNews) {
      member.health = health.current;
    }
    return isNews;
  }

  /** The same from the channel, where a record goes by its field. */
  heard(
    find: (email: string) => PoolMember | undefined,
    field: string,
    record: HealthRecord,
  ): boolean {
    const member = find(field.slice(field.indexOf(' ') + 1));
    return member !== undefined && this.of(member).field === field && this.adopt(member, record);
  }

  /** The replicas are in touch again: what each has learnt is put together. */
  rejoin(member: PoolMember, record: HealthRecord | undefined, isSameStore: boolean): void {
    const health = this.of(member);
    health.rejoin(member.health, record, isSameStore);
    member.health = health.current;
    void this.write(member, health);
  }

  /** Writes what was seen here, on top of what others have written, until nothing is left to write. */
  private async write(member: PoolMember, health: SharedHealth): Promise<void> {
    if (this.writing.has(health)) {
      return;
    }
    this.writing.add(health);
    for (let next = health.unwritten; next !== undefined; next = health.unwritten) {
      const { known } = next;
      const answer = await this.tell(CHANGE, [health.field, known, writeHealth(next.health)]);
      const verdict = readVerdict(answer);
      if (verdict === undefined) {
        // Apart: the next sync puts it right.
        break;
      }
      if (verdict.kind === 'done') {
        health.written(next, verdict.version);
        member.health = health.current;
      } else if (
        verdict.kind === 'stale' &&
        !this.adopt(member, verdict.record) &&
        health.version <= known
      ) {
        // What was on record is gone: all that is known here is told again.
        health.rejoin(member.health, verdict.record, false);
      }
    }
    this.writing.delete(health);
  }
}
