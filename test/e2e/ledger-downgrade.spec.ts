import { LEDGER_DATABASES } from '../ledger-database';
import { startEasel } from '../running-easel';
import { until } from '../until';

/** A table and a column of a version to come, and its step in Kysely's list. */
const LATER_VERSION = [
  'create table later (name text primary key)',
  'alter table ledger_images add column later text',
  "insert into ledger_migrations (name, timestamp) values ('0099-later', '2027-01-01T00:00:00Z')",
];

describe.each(LEDGER_DATABASES)('a ledger in %s', (_name, open) => {
  it('can be used by this version after a later one has added tables and columns', async () => {
    const database = await open();
    const images: number[] = [];
    for (const update of [[], LATER_VERSION, []]) {
      await database.run(update);
      const easel = await startEasel({ env: database.env });
      const body = JSON.stringify({ prompt: 'x' });
      await fetch(`${easel.url}/v1/images/generations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      await until(async () =>
        (await (await fetch(`${easel.url}/readyz`)).text()).includes('"pending":0'),
      );
      const usage = await fetch(`${easel.url}/v1/usage`);
      expect(usage.status).toBe(200);
      const { total } = (await usage.json()) as { total: { images: number } };
      images.push(total.images);
      await easel.close();
    }
    await database.close();
    expect(images).toEqual([1, 2, 3]);
  });
});
