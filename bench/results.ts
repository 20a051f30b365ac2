import type { Cell } from './cell';
import type { HealthFigures } from './health';
import type { LedgerFigures } from './ledger';
import type { LoopFigures } from './loop-delay';
import type { MemoryFigures } from './memory';
import type { PoolFigures } from './pool-scale';
import type { Standings } from './race';

/** The results of one run. What was not measured is absent. */
export interface Results {
  /** ISO 8601, the day only. */
  readonly date: string;
  readonly command: string;
  readonly machine: Machine;
  readonly rounds: number;
  /** Names and titles of the contestants, in the order of the tables. */
  readonly titles: Readonly<Record<string, string>>;
  /** Contestants that did not take part, and why. */
  readonly absent: readonly { readonly title: string; readonly reason: string }[];
  readonly races: readonly { readonly cell: Cell; readonly standings: Standings }[];
  /** The same for processes that have just been started. */
  readonly freshRaces: Results['races'];
  /** Easel with its other APIs and optional features, compared with the images route. */
  readonly featureRaces: Results['races'];
  readonly memory: readonly {
    readonly name: string;
    readonly clients: 'quick' | 'slow';
    readonly figures: MemoryFigures;
  }[];
  readonly health: Readonly<Record<string, HealthFigures>>;
  readonly loop: Readonly<Record<string, LoopFigures>>;
  readonly pool: readonly PoolFigures[];
  readonly scale: ScaleFigures | undefined;
  readonly ledger: readonly LedgerFigures[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
}

/** Easel with many accounts compared with Easel with few, at 60 kB. */
export interface ScaleFigures {
  readonly few: number;
  readonly many: number;
  /** Images per second with many accounts relative to few; median of the rounds. */
  readonly throughputRatio: number;
  readonly cpuRatio: number;
  /** From the start of the process to its first response, in milliseconds. */
  readonly startFewMs: number;
  readonly startManyMs: number;
}
