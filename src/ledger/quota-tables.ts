/** What counts for good: images by the day, micro-dollars by the month, those of images at work left aside. */
interface QuotaTotalsTable {
  consumer: string;
  /** `2026-11-28` or `2026-11`. */
  period: string;
  total: number;
}

/** What is at work, and what was lately: a reservation that is settled already is not settled again. */
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
