import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import type { SharedLedger } from '../config/ledger-settings';

/**
 * Why the ledger cannot be used to count days and budgets; undefined if it can. It must outlive the
 * process, and be shared by all replicas.
 */
export function ledgerFault({ database, isShared }: SharedLedger): string | undefined {
  switch (database.kind) {
    case 'off':
      return 'DATABASE_URL is off';
    case 'postgres':
      return undefined;
    case 'sqlite':
      if (isShared) {
        return 'REDIS_URL is set, and replicas that share limits need a DATABASE_URL of PostgreSQL';
      }
      return isWritableFolder(database.folder)
        ? undefined
        : `DATA_DIR cannot be written: ${database.folder}`;
  }
}

/**
 * Creates the folder if it is missing, but not its parents: on Node 20 that never returns if the
 * system denies it in certain ways, as /proc does.
 */
export function isWritableFolder(folder: string): boolean {
  try {
    if (!existsSync(folder)) {
      mkdirSync(folder);
    }
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
