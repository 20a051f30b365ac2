/** Describes a query parameter that is a comma-separated list of names, for Swagger. */
export const listOf = (names: readonly string[]) => ({
  schema: {
    type: 'array' as const,
    items: { type: 'string' as const, enum: [...names] },
    uniqueItems: true,
  },
  style: 'form' as const,
  explode: false,
});
