import type { PoolMember } from './pool-member';
import { closeness, hashOf, rankingOf, type SelectionQuery } from './selection';
import { Tournament } from './tournament';

/**
 * Who is next for one model, kept up to date change by change. A pass over thousands of accounts
 * reads memory that the images between two passes have driven out of the processor's caches, and
 * takes most of a millisecond; this takes a few microseconds and comes to the same choice.
 */
export class ReadyIndex {
  private readonly numbers: ReadonlyMap<PoolMember, number>;
  private readonly hashes: Uint32Array;
  private readonly tournament: Tournament;
  /** Those to be looked at anew. */
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

  /** Something about the member is not as it was. */
  note(member: PoolMember): void {
    const number = this.numbers.get(member);
    if (number !== undefined) {
      this.changed.add(number);
    }
  }

  /**
   * The free account that `choose` would take among all; undefined where that takes a closer look,
   * since none is free or the best has failed this image already.
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
      // The clock has been set back: who was back may not be back yet.
      this.members.forEach((_, number) => this.changed.add(number));
    }
    this.asOf = now;
    this.tournament.forEachBack(now, (number) => this.changed.add(number));
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

  /** Of those that are free and of the winner's priority, the one closest to the user. */
  private closestTo(userHash: number, winner: number): number {
    const priority = this.members[winner]?.rules.priority;
    let closest = winner;
    let most = -1;
    // Through the hashes alone: it is only for the few that beat all before them that more is read.
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
