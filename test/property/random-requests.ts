import fc from 'fast-check';
import type { UpstreamManner } from '../marking-upstream';
import type { ReadingManner } from '../raw-client';

const KB = 1024;

/** What a client asks for. */
interface Wish {
  readonly route: 'generations' | 'edits';
  readonly n: number;
  readonly delivery: 'b64_json' | 'url' | 'stream';
  readonly partialImages: number;
  /** Undefined for the image as it is. */
  readonly format: 'png' | 'webp' | undefined;
  readonly upstream: UpstreamManner;
}

export interface Request extends Wish {
  readonly number: number;
}

/** From 1 kB to 6 MB, small ones as often as large ones. */
const size = fc
  .noBias(fc.integer({ min: 0, max: 1000 }))
  .map((at) => Math.round(KB * 6000 ** (at / 1000)));

const rarely = fc.integer({ min: 0, max: 11 }).map((dice) => dice === 0);

const wish: fc.Arbitrary<Wish> = fc.record({
  route: fc.integer({ min: 0, max: 9 }).map((dice) => (dice === 0 ? 'edits' : 'generations')),
  n: fc.integer({ min: 1, max: 4 }),
  delivery: fc.constantFrom('b64_json', 'url', 'stream'),
  partialImages: fc.integer({ min: 0, max: 3 }),
  format: fc.oneof(
    { weight: 5, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom('png' as const, 'webp' as const) },
  ),
  upstream: fc.record({
    sizes: fc.array(size, { minLength: 1, maxLength: 4 }),
    drafts: fc.constantFrom(0, 0, 1, 3),
    draftsAreThoughts: fc.boolean(),
    isChunked: fc.boolean(),
    piece: fc.constantFrom(1500, 16 * KB, 64 * KB, 1024 * KB),
    isPretty: fc.boolean(),
    isEscaped: rarely,
    failsFirst: rarely,
    delayMs: fc.integer({ min: 0, max: 40 }),
  }),
});

const restMs = fc.integer({ min: 1, max: 400 });
const reading: fc.Arbitrary<ReadingManner> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ kind: 'fast' } as const) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('slow'), restMs: fc.constantFrom(1, 3) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('stalls'), afterBytes: size, restMs }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leaves'), afterMs: restMs }) },
);

/** One connection, with one request or two of them at once. */
export const client = fc.record({
  wishes: fc.noBias(fc.array(wish, { minLength: 1, maxLength: 2 })),
  manner: reading,
});

/** Whether the client stays to the end. */
export function isPatient({ kind }: ReadingManner): boolean {
  return kind === 'fast' || kind === 'slow';
}
