/**
 * Errors from PostgreSQL have a SQLSTATE of five characters; those of class 57 end the connection.
 */
export function isServersOwn(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code) && !code.startsWith('57');
}
