import type { CompiledQuery, Kysely } from 'kysely';
import type { ImagesTable, LedgerTables } from './ledger-tables';

/**
 * Inserts images with statements of a few lengths, 128 rows, 64, …, 1, each of which is prepared
 * once: building and parsing the SQL of a batch took twice as long as inserting its rows.
 */
export class ImageInserts {
  private readonly statements = new Map<number, CompiledQuery>();

  async insert(db: Kysely<LedgerTables>, images: readonly ImagesTable[]): Promise<void> {
    let from = 0;
    for (const length of statementLengths(images.length)) {
      const part = images.slice(from, from + length);
      const parameters = part.flatMap((image) => Object.values(image) as unknown[]);
      await db.executeQuery({ ...this.statement(db, part), parameters });
      from += length;
    }
  }

  private statement(db: Kysely<LedgerTables>, images: readonly ImagesTable[]): CompiledQuery {
    let statement = this.statements.get(images.length);
    if (statement === undefined) {
      statement = db.insertInto('ledger_images').values(images).compile();
      this.statements.set(images.length, statement);
    }
    return statement;
  }
}

const MAX_ROWS_PER_STATEMENT = 128;

/** The fewest powers of two that add up to this many rows, largest first. */
export function statementLengths(rows: number): readonly number[] {
  const lengths: number[] = [];
  for (let left = rows, length = MAX_ROWS_PER_STATEMENT; left > 0;) {
    if (length <= left) {
      lengths.push(length);
      left -= length;
    } else {
      length /= 2;
    }
  }
  return lengths;
}
