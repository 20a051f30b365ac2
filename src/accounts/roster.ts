import type { GatewayFault } from '../errors/gateway-error';
import type { Account } from './account';
import { PoolMember } from './pool-member';
import { choose, refusalNow, type Selection, type SelectionQuery } from './selection';
import { ReadyIndex } from './ready-index';

/** The maximum number of models with an index: more than there are, but still a limit. */
const MAX_READY_INDEXES = 16;

/** The accounts in the pool, in the order of the configuration, and which of them is next. */
export class Roster {
  private members: ReadonlyMap<string, PoolMember>;
  private inOrder: readonly PoolMember[];
  /**
   * Removed accounts that still have calls in flight, which count if the account is added again.
   */
  private leaving: ReadonlyMap<string, PoolMember> = new Map();
  /** By the consumer's list of emails, which is the same object for all its requests. */
  private subsets = new WeakMap<readonly string[], readonly PoolMember[]>();
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

  /** The existing accounts among these, in the order of the configuration. */
  only(emails: readonly string[]): readonly PoolMember[] {
    let members = this.subsets.get(emails);
    if (members === undefined) {
      const wanted = new Set(emails);
      members = this.inOrder.filter(({ account }) => wanted.has(account.email));
      this.subsets.set(emails, members);
    }
    return members;
  }

  /** Replaces the accounts; a remaining one keeps its health. */
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
    this.subsets = new WeakMap();
  }

  /** @param only the accounts to consider, in their order; undefined for all */
  choose(query: SelectionQuery, only: readonly PoolMember[] | undefined): Selection<PoolMember> {
    if (only !== undefined) {
      return choose(only, servable(query, only));
    }
    if (query.api !== undefined) {
      return choose(this.inOrder, servable(query, this.inOrder));
    }
    const best = this.standingsFor(query).best(query);
    return best === undefined
      ? choose(this.inOrder, query)
      : { kind: 'lease', candidate: best, isProbe: false };
  }

  /** Why no account can serve; undefined if one can, now or once it has a free slot. */
  refusalNow(
    query: SelectionQuery,
    only: readonly PoolMember[] | undefined,
  ): GatewayFault | undefined {
    if (only !== undefined) {
      return refusalNow(only, servable(query, only));
    }
    if (query.api !== undefined) {
      return refusalNow(this.inOrder, servable(query, this.inOrder));
    }
    const best = query.areTriedLimited === true ? undefined : this.standingsFor(query).best(query);
    return best === undefined ? refusalNow(this.inOrder, query) : undefined;
  }

  private standingsFor({ model, scheduling }: SelectionQuery): ReadyIndex {
    const known = this.readyIndexes.get(model);
    if (known !== undefined) {
      return known;
    }
    if (this.readyIndexes.size >= MAX_READY_INDEXES) {
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

/** If no account has the API that the request needs, all are considered for the reason. */
function servable(query: SelectionQuery, members: readonly PoolMember[]): SelectionQuery {
  const { api, model } = query;
  const isServed = members.some(
    ({ rules }) => rules.api === api && rules.models?.includes(model) !== false,
  );
  return api === undefined || isServed ? query : { ...query, api: undefined };
}
