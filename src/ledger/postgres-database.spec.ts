import { describeWithPostgres, PostgresServer } from '../../test/postgres-server';
import { until } from '../../test/until';
import { PostgresDatabase } from './postgres-database';

const ROUNDS = 6;

describeWithPostgres('PostgresDatabase', () => {
  it('survives a server that dies between two statements of a transaction', async () => {
    const postgres = await PostgresServer.start();
    const database = new PostgresDatabase(postgres.url);
    let isOver = false;
    let calls = 0;
    let failures = 0;
    // Transactions are under way all the time, most of the time between two statements.
    const workers = [1, 2, 3, 4].map(async (worker) => {
      while (!isOver) {
        calls += 1;
        const at = Date.now();
        await database.countQuotas({ at, changes: [], consumers: [`team-${worker}`] }).catch(() => {
          failures += 1;
        });
      }
    });
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        const [before, failed] = [calls, failures];
        await until(() => calls > before + 40);
        await postgres.kill();
        await until(() => failures > failed);
        await postgres.start();
      }
      const before = failures;
      await until(async () =>
        database
          .countQuotas({ at: Date.now(), changes: [], consumers: ['team-1'] })
          .then(() => true)
          .catch(() => false),
      );
      expect(before).toBeGreaterThanOrEqual(ROUNDS);
    } finally {
      isOver = true;
      await Promise.all(workers);
      await database.close();
      await postgres.close();
    }
  });
});
