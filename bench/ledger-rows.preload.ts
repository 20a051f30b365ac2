import { join } from 'node:path';
import type { LedgerRow } from '../src/ledger/ledger-row';
import type { LedgerWriter } from '../src/ledger/ledger-writer';

/**
 * Loaded into Easel before its own code (`--require`): once its ledger has received its first row,
 * BENCH_ROWS_PER_SECOND similar ones follow per second, into the same writer.
 */
const rowsPerSecond = Number(process.env['BENCH_ROWS_PER_SECOND']);
const dist = process.env['EASEL_DIST'] ?? '';
const TICK_MS = 5;

/* eslint-disable-next-line @typescript-eslint/no-require-imports -- the build that is measured, wherever it is */
const { LedgerWriter: Writer } = require(join(dist, 'ledger/ledger-writer.js')) as {
  LedgerWriter: typeof LedgerWriter;
};

/* eslint-disable-next-line @typescript-eslint/unbound-method -- called with the writer that it was called on */
const add = Writer.prototype.add;
let isFed = false;
Writer.prototype.add = function (this: LedgerWriter, row: LedgerRow): void {
  add.call(this, row);
  if (!isFed) {
    isFed = true;
    feed(this, row);
  }
};

function feed(writer: LedgerWriter, like: LedgerRow): void {
  const startedAt = performance.now();
  let fed = 0;
  setInterval(() => {
    const due = ((performance.now() - startedAt) / 1000) * rowsPerSecond;
    for (; fed < due; fed += 1) {
      add.call(writer, {
        ...like,
        at: Date.now(),
        requestId: `fed-${fed}`,
        consumer: `fed-${fed % 50}`,
        account: `account-${(fed % 5) + 1}@example.com`,
      });
    }
  }, TICK_MS).unref();
}
