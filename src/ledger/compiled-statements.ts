import type { CompiledQuery, Kysely, QueryResult } from 'kysely';
import type { LedgerTables } from './ledger-tables';

/** Rows of one statement at most: others of a batch go by further ones. */
const MOST_ROWS = 128;

/**
 * Statements whose SQL was made once. To make that of a small batch and to parse it takes longer than the database
 * does with it.
 */
export class CompiledStatements {
  private readonly known = new Map<string, CompiledQuery>();

  /** @param keepsStatements whether one that comes again need not be parsed again, and costs no way to a server */
  constructor(private readonly keepsStatements: boolean) {}

  /**
   * Runs a statement.
   *
   * @param shape what its SQL depends on; the same text for the same SQL
   * @param parameters in the order in which they stand in the SQL
   * @param make makes it with these parameters, where the shape is new
   */
  async run<Row>(
    db: Kysely<LedgerTables>,
    shape: string,
    parameters: readonly unknown[],
    make: () => { compile(): CompiledQuery<Row> },
  ): Promise<QueryResult<Row>> {
    let statement = this.known.get(shape) as CompiledQuery<Row> | undefined;
    if (statement === undefined) {
      statement = make().compile();
      const isInOrder =
        statement.parameters.length === parameters.length &&
        statement.parameters.every((parameter, index) => parameter === parameters[index]);
      if (!isInOrder) {
        throw new Error(`the parameters of "${shape}" are not those of its SQL`);
      }
      this.known.set(shape, statement);
    }
    return db.executeQuery({ ...statement, parameters });
  }

  /**
   * Inserts rows, by statements of few lengths where that saves their making.
   *
   * @param make inserts rows, whose members stand in the SQL in their order
   */
  async insert<Row extends object>(
    db: Kysely<LedgerTables>,
    shape: string,
    rows: readonly Row[],
    make: (rows: readonly Row[]) => { compile(): CompiledQuery },
  ): Promise<void> {
    const lengths = this.keepsStatements ? statementLengths(rows.length) : [rows.length];
    let from = 0;
    for (const length of lengths.filter((rowCount) => rowCount > 0)) {
      const part = rows.slice(from, from + length);
      const parameters = part.flatMap((row) => Object.values(row) as unknown[]);
      await this.run(db, `${shape} ${length}`, parameters, () => make(part));
      from += length;
    }
  }
}

/** The fewest powers of two that come to so many rows, the longest first. */
export function statementLengths(rows: number): readonly number[] {
  const lengths: number[] = [];
  for (let left = rows, length = MOST_ROWS; left > 0;) {
    if (length <= left) {
      lengths.push(length);
      left -= length;
    } else {
      length /= 2;
    }
  }
  return lengths;
}

/** The same items, the last one again and again until there are as many as a power of two: for a list in SQL. */
export function padded<Item>(items: readonly Item[]): readonly Item[] {
  const length = items.length === 0 ? 0 : 2 ** Math.ceil(Math.log2(items.length));
  return Array.from({ length }, (_, index) => items[Math.min(index, items.length - 1)] as Item);
}
