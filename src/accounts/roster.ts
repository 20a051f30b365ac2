import type { GatewayFault } from '../errors/gateway-error';
import type { Account } from './account';
import { PoolMember } from './pool-member';
import { choose, refusalNow, type Choice, type Question } from './selection';
import { Standings } from './standings';

/** Standings of this many models are kept: more than there are, and a bound all the same. */
const KEPT_STANDINGS = 16;

/** Who is in the pool, in the order of the configuration, and who is next. */
export class Roster {
  private members: ReadonlyMap<string, PoolMember>;
  private inOrder: readonly PoolMember[];
  /** Those no longer configured that still have calls at work; they count should they come back. */
  private leaving: ReadonlyMap<string, PoolMember> = new Map();
  private readonly standings = new Map<string, Standings>();

  constructor(accounts: readonly Account[]) {
    this.inOrder = accounts.map((account) => this.newMember(account));
    this.members = byEmail(this.inOrder);
  }

  list(): readonly PoolMember[] {
    return this.inOrder;
  }

  get(email: string): PoolMember | undefined {
    return this.members.get(email);
  }

  /** The same, also where the account has yet to finish before it is gone. */
  find(email: string): PoolMember | undefined {
    return this.members.get(email) ?? this.leaving.get(email);
  }

  /** Takes over other accounts; those that stay keep what is known of them. */
  reload(accounts: readonly Account[]): void {
    const known = [...this.leaving.values(), ...this.inOrder];
    this.inOrder = accounts.map((account) => {
      const member = this.find(account.email);
      member?.reconfigure(account);
      return member ?? this.newMember(account);
    });
    this.members = byEmail(this.inOrder);
    this.leaving = byEmail(
      known.filter(
        ({ account, localInFlight }) => localInFlight > 0 && !this.members.has(account.email),
      ),
    );
    this.standings.clear();
  }

  /** @param pinned the only account that will do, where there is one */
  choose(question: Question, pinned: PoolMember | undefined): Choice<PoolMember> {
    if (pinned !== undefined) {
      return choose([pinned], question);
    }
    const best = this.standingsFor(question).best(question);
    return best === undefined
      ? choose(this.inOrder, question)
      : { kind: 'lease', candidate: best, isProbe: false };
  }

  /** Why nobody could serve, short waits included; undefined where somebody could. */
  refusal(question: Question, pinned: PoolMember | undefined): GatewayFault | undefined {
    if (pinned !== undefined) {
      return refusalNow([pinned], question);
    }
    const best = this.standingsFor(question).best(question);
    return best === undefined ? refusalNow(this.inOrder, question) : undefined;
  }

  private standingsFor({ model, scheduling }: Question): Standings {
    const known = this.standings.get(model);
    if (known !== undefined) {
      return known;
    }
    if (this.standings.size >= KEPT_STANDINGS) {
      this.standings.clear();
    }
    const standings = new Standings(this.inOrder, model, scheduling);
    this.standings.set(model, standings);
    return standings;
  }

  private newMember(account: Account): PoolMember {
    return new PoolMember(account, (member) => {
      for (const standings of this.standings.values()) {
        standings.note(member);
      }
    });
  }
}

function byEmail(members: readonly PoolMember[]): ReadonlyMap<string, PoolMember> {
  return new Map(members.map((member) => [member.account.email, member]));
}
