import type { GatewayFault } from '../errors/gateway-error';
import type { Account } from './account';
import { PoolMember } from './pool-member';
import { choose, refusalNow, type Selection, type SelectionQuery } from './selection';
import { ReadyIndex } from './ready-index';

/** The maximum number of models with an index: more than there are, but still a bound. */
const KEPT_STANDINGS = 16;

/** The accounts in the pool, in the order of the configuration, and which of them is next. */
export class Roster {
  private members: ReadonlyMap<string, PoolMember>;
  private inOrder: readonly PoolMember[];
  /** Accounts that are no longer configured but have calls in flight, which count if they return. */
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

  /** Like `find`, but includes accounts that are leaving. */
  find(email: string): PoolMember | undefined {
    return this.members.get(email) ?? this.leaving.get(email);
  }

  /** Replaces the accounts; one that stays keeps its health. */
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

  /** @param pinned the only account to consider, if the client pinned one */
  choose(query: SelectionQuery, pinned: PoolMember | undefined): Selection<PoolMember> {
    if (pinned !== undefined) {
      return choose([pinned], { ...query, api: undefined });
    }
    if (query.api !== undefined) {
      return choose(this.inOrder, this.servable(query));
    }
    const best = this.standingsFor(query).best(query);
    return best === undefined
      ? choose(this.inOrder, query)
      : { kind: 'lease', candidate: best, isProbe: false };
  }

  /** Why no account can serve, not even after a short wait; undefined if one can. */
  refusal(query: SelectionQuery, pinned: PoolMember | undefined): GatewayFault | undefined {
    if (pinned !== undefined) {
      return refusalNow([pinned], { ...query, api: undefined });
    }
    if (query.api !== undefined) {
      return refusalNow(this.inOrder, this.servable(query));
    }
    const best = this.standingsFor(query).best(query);
    return best === undefined ? refusalNow(this.inOrder, query) : undefined;
  }

  /** Where no account is of the API that takes the request, any may say why not. */
  private servable(query: SelectionQuery): SelectionQuery {
    const { api, model } = query;
    const isServed = this.inOrder.some(
      ({ rules }) => rules.api === api && rules.models?.includes(model) !== false,
    );
    return isServed ? query : { ...query, api: undefined };
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
