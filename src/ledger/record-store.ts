import type { Kysely, Selectable } from 'kysely';
import type { LedgerTables, RecordsTable } from './ledger-tables';
import type { RecordCall } from './record-call';
import type { RecordClaim, RecordQuery, RequestRecord } from './request-records';

/** How often a claim retries if its row is deleted and recreated between its two statements. */
const TRIES = 5;

/**
 * Each call is one or two statements without a transaction: a lease is a row with an expiry time.
 */
export async function callRecords(
  db: Kysely<LedgerTables>,
  call: RecordCall,
): Promise<RequestRecord | undefined> {
  switch (call.kind) {
    case 'claim':
      return claim(db, call.claim);
    case 'renew':
      await db
        .updateTable('request_records')
        .set({ expires_at: call.expiresAt })
        .where('scope', '=', call.scope)
        .where('holder', '=', call.holder)
        .where('state', '=', 'at_work')
        .execute();
      return undefined;
    case 'end': {
      const { scope, holder, state, content, expiresAt } = call.end;
      await db
        .updateTable('request_records')
        .set({ state, content, expires_at: expiresAt })
        .where('scope', '=', scope)
        .where('holder', '=', holder)
        .execute();
      return undefined;
    }
    case 'find':
      return find(db, call.query, call.now);
  }
}

export async function pruneRecords(db: Kysely<LedgerTables>, now: number): Promise<void> {
  await db.deleteFrom('request_records').where('expires_at', '<', now).execute();
}

async function claim(
  db: Kysely<LedgerTables>,
  { record, now, lost, awaited }: RecordClaim,
): Promise<RequestRecord | undefined> {
  const row = rowOf(record);
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('request_records')
      .values(row)
      .onConflict((conflict) =>
        conflict
          .column('scope')
          .doUpdateSet(row)
          .where((where) =>
            where.or([
              where('request_records.expires_at', '<=', now),
              where.and([
                where('request_records.state', '=', 'failed'),
                where('request_records.holder', '!=', awaited ?? ''),
              ]),
              where.and([
                where('request_records.state', '=', 'kept'),
                where('request_records.content', '=', lost ?? ''),
              ]),
            ]),
          ),
      )
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows === 1n) {
      return undefined;
    }
    const standing = await db
      .selectFrom('request_records')
      .selectAll()
      .where('scope', '=', record.scope)
      .executeTakeFirst();
    if (standing !== undefined) {
      return recordOf(standing);
    }
  }
  throw new Error('the record keeps changing');
}

async function find(
  db: Kysely<LedgerTables>,
  query: RecordQuery,
  now: number,
): Promise<RequestRecord | undefined> {
  const rows = db
    .selectFrom('request_records')
    .selectAll()
    .where('owner', '=', query.owner)
    .where('expires_at', '>', now);
  const matching =
    'requestId' in query
      ? rows.where('request_id', '=', query.requestId)
      : rows.where('key_digest', '=', query.keyDigest);
  const found = await matching.orderBy('expires_at', 'desc').limit(1).executeTakeFirst();
  return found && recordOf(found);
}

function rowOf({ keyDigest, requestId, expiresAt, ...same }: RequestRecord): RecordsTable {
  return { ...same, key_digest: keyDigest, request_id: requestId, expires_at: expiresAt };
}

function recordOf({
  key_digest: keyDigest,
  request_id: requestId,
  expires_at: expiresAt,
  ...same
}: Selectable<RecordsTable>): RequestRecord {
  return { ...same, keyDigest, requestId, expiresAt };
}
