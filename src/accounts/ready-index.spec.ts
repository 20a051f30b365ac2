import fc from 'fast-check';
import type { DeveloperApiAccount } from './account';
import { afterFailure, afterSuccess, resetHealth } from './account-health';
import type { PoolMember } from './pool-member';
import { Roster } from './roster';
import { choose, type SelectionQuery } from './selection';

const MODELS = ['gemini-3-pro-image', 'gemini-2.5-flash-image'];
const EMAILS = Array.from({ length: 9 }, (_, index) => `account-${index}`);

interface World {
  readonly roster: Roster;
  readonly query: Omit<SelectionQuery, 'now' | 'deadlineAt'>;
  now: number;
  leases: number;
}

/** Something that happens to a pool between two choices. */
type Happening = (world: World) => void;

const accounts = fc.uniqueArray(
  fc.record({
    email: fc.constantFrom(...EMAILS),
    provider: fc.constant('gemini' as const),
    apiKey: fc.constantFrom('k', 'l'),
    maxConcurrency: fc.integer({ min: 1, max: 3 }),
    priority: fc.integer({ min: 1, max: 2 }),
    models: fc.constantFrom(MODELS, MODELS.slice(0, 1)),
    enabled: fc.constantFrom(true, true, true, false),
  }) satisfies fc.Arbitrary<DeveloperApiAccount>,
  { selector: ({ email }) => email, minLength: 1 },
);

const lease: Happening = (world) => {
  const choice = world.roster.choose(asked(world), undefined);
  if (choice.kind === 'lease') {
    world.leases += 1;
    choice.candidate.localInFlight += 1;
    choice.candidate.lastUsed = world.leases;
  }
};

const onSomeMember = (
  change: fc.Arbitrary<(member: PoolMember, world: World) => void>,
): fc.Arbitrary<Happening> =>
  fc.tuple(fc.nat(), change).map(([pick, apply]) => (world) => {
    const members = world.roster.list();
    const member = members[pick % members.length];
    if (member !== undefined) {
      apply(member, world);
    }
  });

const failure = fc
  .record({
    kind: fc.constantFrom(
      'rate_limit' as const,
      'quota' as const,
      'account_unusable' as const,
      'model_forbidden' as const,
      'model_missing' as const,
      'transient' as const,
    ),
    retryAfterMs: fc.nat(60_000),
  })
  .map((fields) => (member: PoolMember, { now, query: { model } }: World) => {
    const call = { model, startedAt: now, now, random: 0.5 };
    member.health = afterFailure(member.health, { ...fields, reason: fields.kind }, call);
  });

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 5, arbitrary: fc.constant(lease) },
  {
    weight: 5,
    arbitrary: onSomeMember(
      fc.constantFrom<(member: PoolMember, world: World) => void>(
        (member) => {
          member.localInFlight = Math.max(0, member.localInFlight - 1);
        },
        (member, { query }) => {
          member.health = afterSuccess(member.health, query.model);
        },
        (member) => {
          member.health = resetHealth(member.health);
        },
        (member, { leases }) => {
          member.remoteInFlight = leases % 3;
        },
        (member, world) => {
          world.leases += 1;
          member.lastUsed = world.leases;
        },
      ),
    ),
  },
  { weight: 3, arbitrary: onSomeMember(failure) },
  // The clock may be set back as well.
  {
    weight: 3,
    arbitrary: fc.integer({ min: -40_000, max: 60_000 }).map((ms) => (world: World) => {
      world.now += ms;
    }),
  },
  {
    weight: 1,
    arbitrary: accounts.map((others) => ({ roster }: World) => {
      roster.reload(others);
    }),
  },
);

function asked({ query, now }: World): SelectionQuery {
  return { ...query, now, deadlineAt: now + 60_000 };
}

describe('the readyIndexes', () => {
  it('make the same choice as a scan of all accounts, whatever happens', () => {
    const step = fc.record({
      happens: happening,
      model: fc.constantFrom(...MODELS),
      stickyKey: fc.option(fc.constantFrom('somebody', 'else'), { nil: undefined }),
      tried: fc.subarray(EMAILS, { maxLength: 2 }).map((emails) => new Set(emails)),
    });
    let leases = 0;
    fc.assert(
      fc.property(
        fc.constantFrom('balanced' as const, 'fill-first' as const, 'sticky' as const),
        accounts,
        fc.array(step, { maxLength: 80 }),
        (scheduling, first, steps) => {
          let world = { roster: new Roster(first), now: 1_000_000, leases: 0 };
          for (const { happens, ...asks } of steps) {
            const next: World = { ...world, query: { ...asks, scheduling } };
            happens(next);
            const expected = choose(next.roster.list(), asked(next));
            expect(next.roster.choose(asked(next), undefined)).toEqual(expected);
            leases += expected.kind === 'lease' ? 1 : 0;
            world = next;
          }
        },
      ),
      { numRuns: 400 },
    );
    // A pool that never has a free slot would satisfy this trivially.
    expect(leases).toBeGreaterThan(1000);
  });

  it('are not valid if the clock goes back', () => {
    const fields = { provider: 'gemini', apiKey: 'k', maxConcurrency: 1, enabled: true } as const;
    const roster = new Roster([
      { ...fields, email: 'first', priority: 1 },
      { ...fields, email: 'second', priority: 2 },
    ]);
    const model = 'gemini-3-pro-image';
    const [first] = roster.list();
    if (first !== undefined) {
      const call = { model, startedAt: 0, now: 0, random: 0 };
      const limit = { kind: 'rate_limit', reason: '429', retryAfterMs: 10_000 } as const;
      first.health = afterFailure(first.health, limit, call);
    }
    const chosenAt = (now: number): string => {
      const query = { model, scheduling: 'balanced', stickyKey: undefined } as const;
      const choice = roster.choose(
        { ...query, tried: new Set(), now, deadlineAt: now + 60_000 },
        undefined,
      );
      return choice.kind === 'lease' ? choice.candidate.account.email : choice.kind;
    };
    expect([5000, 11_000, 6000, 12_000].map(chosenAt)).toEqual([
      'second',
      'first',
      'second',
      'first',
    ]);
  });
});
