import { Migrator, sql, type CreateTableBuilder, type Kysely, type Migration } from 'kysely';
import { SUM_KEYS, type LedgerTables } from './ledger-tables';
import { QUOTA_MIGRATIONS } from './quota-migration';

const COUNTS = [
  'images',
  'failed',
  'requests',
  'input_tokens',
  'output_tokens',
  'micro_usd',
  'list_micro_usd',
];

const INTEGERS = [
  'at',
  'is_first',
  'text_input',
  'image_input',
  'text_output',
  'image_output',
  'micro_usd',
  'list_micro_usd',
  'attempts',
  'ms',
];

/** One set for SQLite and PostgreSQL. Never change a released step: add another. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-ledger': {
    up: async (db: Kysely<unknown>) => {
      const { schema } = db;
      await schema
        .createTable('ledger_settings')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('value', 'text', (column) => column.notNull())
        .execute();
      await schema
        .createTable('ledger_batches')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .execute();
      let images = schema
        .createTable('ledger_images')
        .addColumn('batch', 'text', (column) => column.notNull())
        .addColumn('position', 'integer', (column) => column.notNull())
        .addPrimaryKeyConstraint('ledger_images_key', ['batch', 'position'])
        .addColumn('request_id', 'text', (column) => column.notNull())
        .addColumn('outcome', 'text', (column) => column.notNull())
        .addColumn('end_user', 'text')
        .addColumn('ratio', 'text')
        .addColumn('service_tier', 'text');
      let days: CreateTableBuilder<'ledger_days', (typeof SUM_KEYS)[number]> =
        schema.createTable('ledger_days');
      for (const name of SUM_KEYS) {
        images = images.addColumn(name, 'text', (column) => column.notNull());
        days = days.addColumn(name, 'text', (column) => column.notNull());
      }
      for (const name of INTEGERS) {
        images = images.addColumn(name, 'bigint', (column) => column.notNull());
      }
      for (const name of COUNTS) {
        days = days.addColumn(name, 'bigint', (column) => column.notNull());
      }
      await images.execute();
      await days.addPrimaryKeyConstraint('ledger_days_key', [...SUM_KEYS]).execute();
      await schema.createIndex('ledger_images_at').on('ledger_images').column('at').execute();
    },
  },
  '0003-requests': {
    up: async ({ schema }: Kysely<unknown>) => {
      const texts = ['owner', 'key_digest', 'request_id', 'fingerprint', 'holder', 'state'];
      let records = schema
        .createTable('request_records')
        .addColumn('scope', 'text', (column) => column.primaryKey())
        .addColumn('content', 'text')
        .addColumn('expires_at', 'bigint', (column) => column.notNull());
      for (const name of texts) {
        records = records.addColumn(name, 'text', (column) => column.notNull());
      }
      await records.execute();
      for (const names of [['owner', 'request_id'], ['owner', 'key_digest'], ['expires_at']]) {
        await schema
          .createIndex(`request_records_${names.join('_')}`)
          .on('request_records')
          .columns(names)
          .execute();
      }
    },
  },
};

/** How often a start retries if another process is creating the same tables. */
const TRIES = 5;

const STEPS = 'ledger_migrations';

/**
 * Migrates the tables, once, however many processes start at the same time. Other processes wait
 * for the first, or fail on a table that it has just created and retry.
 */
export async function migrate(db: Kysely<LedgerTables>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const error = await migrateOnce(db).catch((cause: unknown) => cause);
    if (error === undefined) {
      return;
    }
    if (attempt === TRIES) {
      throw error instanceof Error ? error : new Error('the tables could not be created');
    }
  }
}

/** @returns why it failed */
async function migrateOnce(db: Kysely<LedgerTables>): Promise<unknown> {
  const steps = { ...(await stepsTaken(db)), ...MIGRATIONS, ...QUOTA_MIGRATIONS };
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(steps) },
    // Features add their own steps, and a database may have had those of another feature first.
    allowUnorderedMigrations: true,
    migrationTableName: STEPS,
    migrationLockTableName: `${STEPS}_lock`,
  });
  const { error } = await migrator.migrateToLatest();
  return error;
}

/**
 * The steps that the database has had. Those of a later version are unknown here, and Kysely would
 * refuse the whole database; but later versions only add tables and columns.
 */
async function stepsTaken(db: Kysely<LedgerTables>): Promise<Record<string, Migration>> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === STEPS)) {
    return {};
  }
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(STEPS)}`.execute(db);
  return Object.fromEntries(rows.map(({ name }) => [name, { up: () => Promise.resolve() }]));
}
