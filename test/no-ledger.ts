/** Most tests need no ledger, and none is to leave a file where it runs. */
export const NO_LEDGER = { DATABASE_URL: 'off' } as const;
