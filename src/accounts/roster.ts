import type { GatewayFault } from '../errors/gateway-error';
import type { Account } from './account';
import { PoolMember } from './pool-member';
import { choose, refusalNow, type Selection, type SelectionQuery } from './selection';
import { ReadyIndex } from './ready-index';

/** Indexes of this many models are kept: more than there are, and a bound all the same. */
const KEPT_STANDINGS = 16;

/** Who is in the pool, in the order of the configuration, and who is next. */
export class Roster {
  private members: ReadonlyMap<string, PoolMember>;
  private inOrder: readonly PoolMember[];
  /** Those no longer configured that still have calls at work; they count should they come back. */
  private leaving: ReadonlyMap<string, PoolMember> = new Map();
  private readonly readyIndexes = new Map<string, ReadyIndex>();

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
    this.readyIndexes.clear();
  }

  /** @param pinned the only account that will do, where there is one */
  choose(query: SelectionQuery, pinned: PoolMember | undefined): Selection<PoolMember> {
    if (pinned !== undefined) {
      return choose([pinned], query);
    }
    const best = this.standingsFor(query).best(query);
    return best === undefined
      ? choose(this.inOrder, query)
      : { kind: 'lease', candidate: best, isProbe: false };
  }

  /** Why nobody could serve, short waits included; undefined where somebody could. */
  refusal(query: SelectionQuery, pinned: PoolMember | undefined): GatewayFault | undefined {
    if (pinned !== undefined) {
      return refusalNow([pinned], query);
    }
    const best = this.standingsFor(query).best(query);
    return best === undefined ? refusalNow(this.inOrder, query) : undefined;
  }

  private standingsFor({ model, scheduling }: SelectionQuery): ReadyIndex {
    const known = this.readyIndexes.get(model);
    if (known !== undefined) {
      return known;
    }
    if (this.readyIndexes.size >= KEPT_STANDINGS) {
      this.readyIndexes.clear();
    }
    const readyIndexes = new ReadyIndex(this.inOrder, model, scheduling);
    this.readyIndexes.set(model, readyIndexes);
    return readyIndexes;
  }

  private newMember(account: Account): PoolMember {
    return new PoolMember(account, (member) => {
      for (const readyIndexes of this.readyIndexes.values()) {
        readyIndexes.note(member);
      }
    });
  }
}

function byEmail(members: readonly PoolMember[]): ReadonlyMap<string, PoolMember> {
  return new Map(members.map((member) => [member.account.email, member]));
}
