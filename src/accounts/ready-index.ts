import type { PoolMember } from './pool-member';
import { closeness, hashOf, rankingOf, type SelectionQuery } from './selection';
import { Tournament } from './tournament';

/**
 * The next ready account for one model, updated change by change. Scanning thousands of accounts
 * takes most of a millisecond, because images evict them from the CPU caches between two scans;
 * this takes a few microseconds and makes the same choice. It pays off from about 50 accounts
 * (docs/decisions/0007-ready-index.md).
 */
export class ReadyIndex {
  private readonly numbers: ReadonlyMap<PoolMember, number>;
  private readonly hashes: Uint32Array;
  private readonly tournament: Tournament;
  /** Members whose condition must be read again. */
  private readonly changed: Set<number>;
  private asOf = 0;

  /** @param members in the order of the configuration; other members need an index of their own */
  constructor(
    private readonly members: readonly PoolMember[],
    private readonly model: string,
    scheduling: SelectionQuery['scheduling'],
  ) {
    this.numbers = new Map(members.map((member, number) => [member, number]));
    this.hashes = Uint32Array.from(members, ({ hash }) => hash);
    this.changed = new Set(members.keys());
    const isBetter = rankingOf(scheduling, undefined);
    this.tournament = new Tournament(members.length, (first, second) => {
      const [one, other] = [members[first], members[second]];
      return one !== undefined && other !== undefined && isBetter(one, other);
    });
  }

  /** Records that a member has changed. */
  note(member: PoolMember): void {
    const number = this.numbers.get(member);
    if (number !== undefined) {
      this.changed.add(number);
    }
  }

  /**
   * The free account that `choose` would select; undefined if only a scan can tell, because none is
   * free or the best one has already failed this image.
   */
  best({ scheduling, stickyKey, tried, now }: SelectionQuery): PoolMember | undefined {
    this.bringUpTo(now);
    const { winner } = this.tournament;
    if (winner === undefined) {
      return undefined;
    }
    const number =
      scheduling === 'sticky' && stickyKey !== undefined
        ? this.closestTo(hashOf(stickyKey), winner)
        : winner;
    const member = this.members[number];
    return member === undefined || tried.has(member.rules.email) ? undefined : member;
  }

  private bringUpTo(now: number): void {
    if (now < this.asOf) {
      // The clock was set back: accounts that had returned may be out of use again.
      this.members.forEach((_, number) => this.changed.add(number));
    }
    this.asOf = now;
    this.tournament.forEachReturned(now, (number) => this.changed.add(number));
    if (this.changed.size > 0) {
      this.tournament.update(this.changed, (number) => this.outUntil(number));
      this.changed.clear();
    }
  }

  private outUntil(number: number): number | undefined {
    const member = this.members[number];
    if (member === undefined || member.rules.models?.includes(this.model) === false) {
      return Number.POSITIVE_INFINITY;
    }
    const condition = member.conditionFor(this.model, this.asOf);
    if (condition.state === 'ready') {
      const isFree = member.inFlight < member.rules.maxConcurrency;
      return isFree ? undefined : Number.POSITIVE_INFINITY;
    }
    return condition.state === 'disabled' ? Number.POSITIVE_INFINITY : condition.until;
  }

  /** The free account with the winner's priority that is closest to the user. */
  private closestTo(userHash: number, winner: number): number {
    const priority = this.members[winner]?.rules.priority;
    let closest = winner;
    let most = -1;
    // Reads only the hashes; other state is read for the few that beat all before them.
    for (let number = 0; number < this.hashes.length; number += 1) {
      const score = closeness(userHash, this.hashes[number] ?? 0);
      if (
        score > most &&
        this.tournament.takesPart(number) &&
        this.members[number]?.rules.priority === priority
      ) {
        closest = number;
        most = score;
      }
    }
    return closest;
  }
}
