import { reportOf } from '../../chaos/report';
import { runSuite, type Outcome } from '../../chaos/suite';
import { MAIN } from '../easel-process';
import { describeWithPostgres } from '../postgres-server';
import { HAS_REDIS } from '../redis-server';
import { HAS_NGINX } from '../running-nginx';

const SEED = Number(process.env['CHAOS_SEED'] ?? 7);
/** Enough for each client and a good part of what can go wrong; `npm run chaos` goes on for longer. */
const REQUESTS = 300;

// A machine without them can run all other tests; CI may not take this way out.
const isRequired = ['REDIS', 'NGINX'].some((name) => process.env[`EASEL_REQUIRE_${name}`] === '1');
const canRun = isRequired || (HAS_NGINX && HAS_REDIS);
if (!canRun) {
  process.stderr.write('SKIPPED: the chaos suite needs nginx and redis-server\n');
}
const describeChaos = canRun ? describeWithPostgres : describe.skip;

describeChaos('two replicas, while everything around them fails', () => {
  let outcome: Outcome;

  beforeAll(async () => {
    outcome = await runSuite({
      seed: SEED,
      isCalm: false,
      lanes: 16,
      main: MAIN,
      isOver: (started) => started >= REQUESTS,
    });
  });

  it(`lose no byte, no count and no limit (CHAOS_SEED=${SEED})`, () => {
    expect(outcome.oracle.violations.length === 0 ? '' : reportOf(outcome)).toBe('');
  });

  it('were really under way: replicas were killed, and others failed', () => {
    const { history, oracle } = outcome;
    expect(history.kills.length).toBeGreaterThan(0);
    expect(new Set(history.faults.map(({ kind }) => kind)).size).toBeGreaterThan(4);
    expect(oracle.images).toBeGreaterThan(REQUESTS / 2);
    // Each check has looked at something; the last one needs the minutes of a soak.
    expect([...oracle.checked].filter(([, times]) => times === 0)).toEqual([
      ['nothing grows in a soak', 0],
    ]);
  });
});
