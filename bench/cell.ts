import { PAYLOAD_BYTES, type PayloadSize } from './payload';

/** One thing to be measured with every contestant in turn. */
export interface Cell {
  readonly size: PayloadSize;
  /** Images per request. */
  readonly n: number;
  /** Concurrent requests. */
  readonly concurrency: number;
  /** Requests per round, for each contestant. */
  readonly requests: number;
}

const CELLS: readonly Cell[] = [
  { size: '60kb', n: 1, concurrency: 1, requests: 1200 },
  { size: '60kb', n: 1, concurrency: 16, requests: 2000 },
  { size: '1.5mb', n: 1, concurrency: 1, requests: 120 },
  { size: '5mb', n: 1, concurrency: 1, requests: 24 },
  { size: '5mb', n: 4, concurrency: 1, requests: 8 },
  { size: '16mb', n: 1, concurrency: 1, requests: 16 },
];

/** Where the cost of a feature would show: for small, usual and large images. */
const FEATURE_CELLS: readonly Cell[] = CELLS.filter(
  ({ size, n, concurrency }) => n === 1 && size !== '5mb' && (size !== '60kb' || concurrency > 1),
);

export function featureCellsOf(sizes: readonly PayloadSize[]): readonly Cell[] {
  return FEATURE_CELLS.filter(({ size }) => sizes.includes(size));
}

export function cellsOf(sizes: readonly PayloadSize[]): readonly Cell[] {
  return CELLS.filter(({ size }) => sizes.includes(size));
}

export function cellName({ size, n, concurrency }: Cell): string {
  const images = n === 1 ? sizeName(size) : `n = ${n} × ${sizeName(size)}`;
  return concurrency === 1 ? images : `${images}, ${concurrency} at once`;
}

function sizeName(size: PayloadSize): string {
  const bytes = PAYLOAD_BYTES[size];
  return bytes < 1_000_000 ? `${bytes / 1000} kB` : `${bytes / 1_000_000} MB`;
}
