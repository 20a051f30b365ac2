import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePriceTable, PriceTableError, withPrices, type PriceTable } from './price-table';

const BUILT_IN = join(__dirname, 'prices.yaml');

/**
 * Easel's price list, with models replaced by those in the operator's file.
 *
 * @param path of `PRICES_FILE`; undefined if there is none
 * @throws PriceTableError for a file that cannot be read or has faults
 */
export function loadPriceTable(path: string | undefined): PriceTable {
  const table = parsePriceTable(readFileSync(BUILT_IN, 'utf8'));
  return path === undefined ? table : withPrices(table, parsePriceTable(textOf(path)));
}

/** The faults of the operator's file, for the list of all faults at start. */
export function priceFaults(path: string | undefined): readonly string[] {
  try {
    loadPriceTable(path);
    return [];
  } catch (error) {
    if (!(error instanceof PriceTableError)) {
      throw error;
    }
    return error.faults.map((fault) => `PRICES_FILE: ${fault}`);
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new PriceTableError([`the file cannot be read: ${path}`]);
  }
}
