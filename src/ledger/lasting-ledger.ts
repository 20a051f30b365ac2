import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import type { SharedLedger } from '../config/ledger-settings';

/**
 * Why the ledger cannot be what days and budgets are counted by; undefined where it can. It must outlive the process,
 * and be one for all replicas.
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

/** Makes it where it is missing. Not its parents: Node 20 never returns from that where the system forbids it in a way of its own, as /proc does. */
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
