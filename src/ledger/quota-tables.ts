/** Settled usage, without images in progress: images per day, micro-dollars per month. */
interface QuotaTotalsTable {
  consumer: string;
  /** `2026-11-28` or `2026-11`. */
  period: string;
  total: number;
}

/** Open and recent reservations: one that is already settled is not settled again. */
interface QuotaReservationsTable {
  id: string;
  consumer: string;
  day: string;
  month: string;
  images: number;
  micro_usd: number;
  is_settled: number;
  lapses_at: number;
}

export interface QuotaTables {
  quota_totals: QuotaTotalsTable;
  quota_reservations: QuotaReservationsTable;
}
