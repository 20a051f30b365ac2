import { sql, type Kysely, type Migration } from 'kysely';

/** The tables in which the days and budgets of consumers are counted. */
export const QUOTA_MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0002-quotas': {
    up: async (db: Kysely<unknown>) => {
      const { schema } = db;
      await schema
        .createTable('quota_totals')
        .addColumn('consumer', 'text', (column) => column.notNull())
        .addColumn('period', 'text', (column) => column.notNull())
        .addColumn('total', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('quota_totals_key', ['consumer', 'period'])
        .execute();
      await schema
        .createTable('quota_reservations')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('consumer', 'text', (column) => column.notNull())
        .addColumn('day', 'text', (column) => column.notNull())
        .addColumn('month', 'text', (column) => column.notNull())
        .addColumn('images', 'bigint', (column) => column.notNull())
        .addColumn('micro_usd', 'bigint', (column) => column.notNull())
        .addColumn('is_settled', 'integer', (column) => column.notNull())
        .addColumn('lapses_at', 'bigint', (column) => column.notNull())
        .execute();
      // Open reservations are few, and every request reads them.
      await sql`create index quota_reservations_open on quota_reservations (consumer) where is_settled = 0`.execute(
        db,
      );
      await schema
        .createIndex('quota_reservations_lapse')
        .on('quota_reservations')
        .column('lapses_at')
        .execute();
    },
  },
};
