import { RedisServer } from '../test/redis-server';
import { cellName, cellsOf, featureCellsOf, type Cell } from './cell';
import { forkProcess, readiness, stopChild, type Ready } from './child';
import { Unavailable, type Contestant } from './contestant';
import { bifrost } from './contestants/bifrost';
import { easel } from './contestants/easel';
import { EASEL_FEATURES } from './contestants/easel-features';
import { litellm } from './contestants/litellm';
import { nginx } from './contestants/nginx';
import { direct, pipe } from './contestants/pipe';
import { portkey } from './contestants/portkey';
import { usual } from './contestants/usual';
import { measureHealth } from './health';
import { measureLedger } from './ledger';
import { LoadGenerator } from './load';
import { measureLoopDelay } from './loop-delay';
import { machine } from './machine';
import { measureMemory, type MemoryFigures } from './memory';
import type { BenchOptions, Part } from './options';
import { PAYLOAD_SIZES, type PayloadSize } from './payload';
import { measurePool } from './pool-scale';
import {
  assertFaithful,
  mediansOf,
  race,
  WARM_UP_REQUESTS,
  warmUp,
  type Racer,
  type Standings,
} from './race';
import type { Results, ScaleFigures } from './results';
import { measureScale } from './scale';
import { Watched, type Instrumented } from './watched';

const PEERS: readonly Contestant[] = [portkey, litellm, bifrost];
const ALL: readonly Contestant[] = [direct, pipe(), easel(), nginx, usual, ...PEERS];

/** The contestants whose processes can be instrumented. */
const WATCHABLE: Readonly<Record<string, Instrumented>> = {
  pipe,
  easel: (nodeArguments, env) => easel({ nodeArguments, env }),
};

/** Always measured: the others are compared with these. */
const ALWAYS = ['direct', 'pipe'];

const LARGEST: PayloadSize = '16mb';

/** Restarted for each figure of this part; the other contestants are not measured in it. */
const FRESH = ['direct', 'pipe', 'easel'];
const FRESH_REQUESTS = 400;

/**
 * Starts the upstream and all contestants in front of it, measures part by part, and stops them.
 */
export class Bench {
  private readonly load = new LoadGenerator();
  private readonly titles: Record<string, string> = {};
  private readonly absent: { title: string; reason: string }[] = [];
  private upstream: Ready = { ready: true, port: 0, digests: {} };

  constructor(
    private readonly options: BenchOptions,
    private readonly command: string,
  ) {}

  async run(): Promise<Results> {
    const { rounds } = this.options;
    this.say('making the images');
    const child = forkProcess('upstream.process.js', PAYLOAD_SIZES);
    this.upstream = await readiness(child);
    const results: Results = {
      date: new Date().toISOString().slice(0, 10),
      command: this.command,
      machine: machine(),
      rounds,
      titles: this.titles,
      absent: this.absent,
      races: await this.part('race', () => this.races(), []),
      freshRaces: await this.part('fresh', () => this.freshRaces(), []),
      featureRaces: await this.part('features', () => this.featureRaces(), []),
      memory: await this.part('memory', () => this.memory(), []),
      health: await this.part('health', () => this.health(), {}),
      loop: await this.part('loop', () => this.loop(), {}),
      pool: await this.part('pool', () => this.pool(), []),
      scale: await this.part('pool', () => this.scale(), undefined),
      ledger: await this.part('ledger', () => this.ledger(), []),
    };
    await stopChild(child);
    await this.load.stop();
    return results;
  }

  private races(): Promise<Results['races']> {
    return this.raceIn(cellsOf(this.options.sizes), this.contestants());
  }

  private async raceIn(
    cells: readonly Cell[],
    contestants: readonly Contestant[],
  ): Promise<Results['races']> {
    const { rounds } = this.options;
    const racers = await this.started(contestants);
    this.say('warming up');
    await warmUp(racers, this.load);
    const races: { cell: Cell; standings: Results['races'][number]['standings'] }[] = [];
    for (const cell of cells) {
      this.say(cellName(cell));
      for (const racer of racers) {
        await assertFaithful(racer, cell, this.upstream.digests[cell.size]);
      }
      const fallen = (name: string, error: unknown) => {
        this.note(`${this.titles[name] ?? name}, ${cellName(cell)}`, messageOf(error));
      };
      races.push({ cell, standings: await race(cell, racers, rounds, this.load, fallen) });
    }
    await stop(racers);
    return races;
  }

  /** Each round of each cell with new processes, which have served 500 small images. */
  private async freshRaces(): Promise<Results['freshRaces']> {
    const contestants = this.contestants().filter(({ name }) => FRESH.includes(name));
    const races: Results['freshRaces'][number][] = [];
    for (const cell of cellsOf(this.options.sizes)) {
      this.say(`${cellName(cell)}, after ${WARM_UP_REQUESTS.fresh} requests`);
      // More requests would be a warm-up of their own.
      const short = { ...cell, requests: Math.min(cell.requests, FRESH_REQUESTS) };
      const rounds: Standings[] = [];
      for (let round = 0; round < this.options.rounds; round += 1) {
        const racers = await this.started(contestants);
        await warmUp(racers, this.load, WARM_UP_REQUESTS.fresh);
        rounds.push(await race(short, racers, 1, this.load));
        await stop(racers);
      }
      races.push({ cell: short, standings: mediansOf(rounds) });
    }
    return races;
  }

  /** Easel with its features beside Easel's images route, round by round. */
  private featureRaces(): Promise<Results['featureRaces']> {
    const plain = ALL.filter(({ name }) => FRESH.includes(name));
    const { only = [] } = this.options;
    const named = EASEL_FEATURES.filter(({ name }) => only.includes(name));
    const features = named.length > 0 ? named : EASEL_FEATURES;
    return this.raceIn(featureCellsOf(this.options.sizes), [...plain, ...features]);
  }

  /** Each in a process that has not held a large image yet. */
  private async memory(): Promise<Results['memory']> {
    const figures: Results['memory'][number][] = [];
    for (const contestant of this.contestants().filter(({ name }) => name !== 'direct')) {
      for (const clients of ['quick', 'slow'] as const) {
        this.say(`memory of ${contestant.name}, ${clients} clients`);
        const holdMs = clients === 'slow' ? 1000 : 0;
        const own = await this.memoryOf(contestant, holdMs).catch((error: unknown) => {
          this.note(`${contestant.title}, memory`, messageOf(error));
          return undefined;
        });
        if (own !== undefined) {
          figures.push({ name: contestant.name, clients, figures: own });
        }
      }
    }
    return figures;
  }

  private async memoryOf(
    contestant: Contestant,
    holdMs: number,
  ): Promise<MemoryFigures | undefined> {
    const rounds = 5;
    const make = WATCHABLE[contestant.name];
    if (make !== undefined) {
      this.titles[contestant.name] = contestant.title;
      const watched = await Watched.start(make, this.upstreamUrl);
      const inUse = async () => {
        // Memory freed by one collection is only subtracted by the next.
        await watched.look();
        return (await watched.look()).inUseBytes;
      };
      const figures = await measureMemory(
        watched.running,
        inUse,
        LARGEST,
        rounds,
        holdMs,
        this.load,
      );
      await watched.stop();
      return figures;
    }
    const [racer] = await this.started([contestant]);
    if (racer === undefined) {
      return undefined;
    }
    const figures = await measureMemory(
      racer.running,
      () => Promise.resolve(undefined),
      LARGEST,
      rounds,
      holdMs,
      this.load,
    );
    await stop([racer]);
    return figures;
  }

  private async health(): Promise<Results['health']> {
    this.say('/healthz under load');
    const racers = await this.started(
      this.contestants().filter(({ name }) => ['pipe', 'easel', 'nginx'].includes(name)),
    );
    await warmUp(racers, this.load);
    const prober = new LoadGenerator();
    const { rounds } = this.options;
    const figures = await measureHealth(racers, LARGEST, rounds, this.load, prober);
    await prober.stop();
    await stop(racers);
    return figures;
  }

  private async loop(): Promise<Results['loop']> {
    this.say('the event loop under load');
    const rounds = this.options.quick ? 1 : 3;
    const figures: Record<string, Results['loop'][string]> = {};
    for (const [name, make] of Object.entries(WATCHABLE)) {
      this.titles[name] = make([], {}).title;
      figures[name] = await measureLoopDelay(make, this.upstreamUrl, LARGEST, rounds, this.load);
    }
    return figures;
  }

  private async pool(): Promise<Results['pool']> {
    this.say('the pool');
    const counts = [10, 1000, 10_000];
    const leases = this.options.quick ? 1000 : 5000;
    const figures: Results['pool'][number][] = [];
    for (const accounts of counts) {
      figures.push(await measurePool(accounts, leases));
    }
    const redis = await RedisServer.start().catch(() => undefined);
    if (redis === undefined) {
      this.absent.push({ title: 'Redis', reason: 'there is no redis-server' });
      return figures;
    }
    for (const accounts of counts) {
      figures.push(await measurePool(accounts, leases, redis.url));
    }
    await redis.kill();
    return figures;
  }

  private scale(): Promise<ScaleFigures> {
    this.say('few accounts and many');
    return measureScale(this.upstreamUrl, this.options.rounds, this.load);
  }

  private async ledger(): Promise<Results['ledger']> {
    const { rows, rounds, postgres } = this.options;
    const figures: Results['ledger'][number][] = [];
    for (const url of postgres === undefined ? [undefined] : [undefined, postgres]) {
      this.say(`${rows} rows in ${url === undefined ? 'SQLite' : 'PostgreSQL'}`);
      figures.push(await measureLedger(url, rows, rounds, this.upstreamUrl, this.load));
    }
    return figures;
  }

  private contestants(): readonly Contestant[] {
    const { only, quick } = this.options;
    return ALL.filter(
      (contestant) =>
        ALWAYS.includes(contestant.name) ||
        (only?.includes(contestant.name) ?? !(quick && PEERS.includes(contestant))),
    );
  }

  /** The contestants that could be started; for the others the reason is recorded. */
  private async started(contestants: readonly Contestant[]): Promise<readonly Racer[]> {
    const racers: Racer[] = [];
    for (const contestant of contestants) {
      const { name, title, effort = 1 } = contestant;
      try {
        racers.push({ name, effort, running: await contestant.start(this.upstreamUrl) });
        this.titles[name] = title;
      } catch (error) {
        if (!(error instanceof Unavailable)) {
          throw error;
        }
        this.note(title, error.message);
      }
    }
    return racers;
  }

  private note(title: string, reason: string): void {
    if (!this.absent.some((one) => one.title === title)) {
      this.say(`${title}: ${reason}`);
      this.absent.push({ title, reason });
    }
  }

  private get upstreamUrl(): string {
    return `http://127.0.0.1:${this.upstream.port}`;
  }

  private part<T>(name: Part, measure: () => Promise<T>, nothing: T): Promise<T> {
    return this.options.parts.includes(name) ? measure() : Promise.resolve(nothing);
  }

  private say(text: string): void {
    console.error(`… ${text}`);
  }
}

async function stop(racers: readonly Racer[]): Promise<void> {
  for (const { running } of racers) {
    await running.stop();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
