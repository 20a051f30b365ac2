import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { AccountPoolService } from '../accounts/account-pool.service';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { toUsd } from '../context/image-record';
import { Ledger } from '../ledger/ledger';
import { MemoryBudget } from '../memory/memory-budget';
import { ConsumerLabels } from './consumer-labels';

/** A closed request. Each member becomes a label, so each must have few distinct values. */
export interface CountedRequest {
  readonly method: string;
  /** The pattern of the route, never the path. */
  readonly route: string;
  readonly status: string;
}

/**
 * Seconds, from an immediate error to the longest deadline; densest where image requests usually
 * are.
 */
const DURATION_BUCKETS = [
  0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600,
];

/** The interval at which the delay of the event loop is measured. */
const TICK_MS = 10;

/**
 * After a scrape, the first tick starts the clock and the second measures; one more for late ticks.
 */
const MEASURED_AFTER_MS = 3 * TICK_MS;

const ACCOUNT_STATES = ['ready', 'cooling', 'exhausted', 'disabled'] as const;

let processMetrics: Registry | undefined;

/**
 * The metrics of the process: memory, garbage collection, the delay of the event loop. They are set
 * up once for all applications, because prom-client cannot stop the observer and the timer that it
 * starts here. Neither keeps the process alive.
 */
function metricsOfProcess(): Registry {
  if (processMetrics === undefined) {
    processMetrics = new Registry();
    collectDefaultMetrics({ register: processMetrics, eventLoopMonitoringPrecision: TICK_MS });
  }
  return processMetrics;
}

/**
 * All metrics, under their Prometheus names. No label contains a key; ACCOUNT_HEADER determines how
 * accounts are shown.
 */
@Injectable()
export class Metrics {
  private readonly own = new Registry();
  /** The registers of the metrics; features add their own. */
  readonly registers = [this.own];
  private readonly requests = new Counter({
    name: 'easel_http_requests_total',
    help: 'Requests, by method, route pattern and status.',
    labelNames: ['method', 'route', 'status'],
    registers: this.registers,
  });
  private readonly durations = new Histogram({
    name: 'easel_http_request_duration_seconds',
    help: 'Time from the request’s headers to the last byte of its response, by route pattern and status.',
    labelNames: ['route', 'status'],
    buckets: DURATION_BUCKETS,
    registers: this.registers,
  });
  private readonly faults = new Counter({
    name: 'easel_faults_total',
    help: 'Requests that ended in an error, by kind of fault.',
    labelNames: ['fault'],
    registers: this.registers,
  });
  private readonly images = new Counter({
    name: 'easel_images_total',
    help: 'Requested images, by model and outcome: made, failed, or abandoned by the client.',
    labelNames: ['model', 'outcome'],
    registers: this.registers,
  });
  private readonly consumerImages = new Counter({
    name: 'easel_consumer_images_total',
    help: 'Requested images, by consumer, size and outcome: made, failed, or abandoned by the client.',
    labelNames: ['consumer', 'size', 'outcome'],
    registers: this.registers,
  });
  private readonly limitRejections = new Counter({
    name: 'easel_limit_rejections_total',
    help: 'Requests refused by a limit of their consumer, by consumer and limit.',
    labelNames: ['consumer', 'limit'],
    registers: this.registers,
  });
  private readonly upstreamCalls = new Histogram({
    name: 'easel_upstream_request_duration_seconds',
    help: 'Time of a call to Gemini until its response was read, by model and outcome.',
    labelNames: ['model', 'outcome'],
    buckets: DURATION_BUCKETS,
    registers: this.registers,
  });
  /** Undefined if no metric may name accounts. */
  private readonly accountImages: Counter<'account' | 'outcome'> | undefined;
  private readonly tokens = new Counter({
    name: 'easel_image_tokens_total',
    help: 'Tokens that Google counted, by billed model and kind.',
    labelNames: ['model', 'kind'],
    registers: this.registers,
  });
  private readonly cost = new Counter({
    name: 'easel_cost_usd_total',
    help: 'Cost of images in US dollars, by billed model and consumer.',
    labelNames: ['model', 'consumer'],
    registers: this.registers,
  });
  /** The consumers with a label of their own. */
  readonly consumers: ConsumerLabels;

  constructor(
    pool: AccountPoolService,
    memory: MemoryBudget,
    @Inject(APP_CONFIG) { metrics }: Pick<AppConfig, 'metrics'>,
    @Optional() @Inject(Ledger) ledger: Ledger | undefined,
  ) {
    this.consumers = new ConsumerLabels(metrics.maxConsumers);
    if (metrics.namesAccounts) {
      this.accountImages = new Counter({
        name: 'easel_account_images_total',
        help: 'Images made with an account, and calls with it that failed; ACCOUNT_HEADER determines how it is shown.',
        labelNames: ['account', 'outcome'],
        registers: this.registers,
      });
    }
    this.readOnScrape(pool, memory);
    if (ledger !== undefined) {
      this.readLedgerOnScrape(ledger);
    }
  }

  /** @param seconds from the headers to the last byte */
  countRequest({ method, route, status }: CountedRequest, seconds: number): void {
    this.requests.inc({ method, route, status });
    this.durations.observe({ route, status }, seconds);
  }

  /** @param fault the kind of the fault in the error response */
  countFault(fault: string): void {
    this.faults.inc({ fault });
  }

  countImages(model: string, outcome: string, images: number): void {
    this.images.inc({ model, outcome }, images);
  }

  /** @param consumer undefined if no key was required */
  countConsumerImages(
    consumer: string | undefined,
    size: string,
    outcome: string,
    images: number,
  ): void {
    this.consumerImages.inc({ consumer: this.consumers.of(consumer), size, outcome }, images);
  }

  countLimitRejection(consumer: string | undefined, limit: string): void {
    this.limitRejections.inc({ consumer: this.consumers.of(consumer), limit });
  }

  /** @param outcome `image`, `abandoned`, or the kind of the failure */
  countUpstreamCall(model: string, outcome: string, seconds: number): void {
    this.upstreamCalls.observe({ model, outcome }, seconds);
  }

  countAccountImage(account: string, outcome: 'made' | 'failed'): void {
    this.accountImages?.inc({ account, outcome });
  }

  countTokens(model: string, kind: string, tokens: number): void {
    this.tokens.inc({ model, kind }, tokens);
  }

  countCost(model: string, consumer: string | undefined, microUsd: number): void {
    this.cost.inc({ model, consumer: this.consumers.of(consumer) }, toUsd(microUsd));
  }

  /**
   * In Prometheus' text format 0.0.4. A delay of the event loop is measured by the tick after it.
   * libuv may deliver the waiting scrape before that tick, and each scrape restarts the
   * measurement, so without this wait the delay would never be reported.
   */
  async text(): Promise<string> {
    await sleep(MEASURED_AFTER_MS);
    // Features may have added registers since this was created.
    return Registry.merge([this.own, metricsOfProcess()]).metrics();
  }

  private readLedgerOnScrape(ledger: Ledger): void {
    const { registers } = this;
    new Gauge({
      name: 'easel_ledger_pending_rows',
      help: 'Rows of the ledger that are waiting to be written.',
      registers,
      collect() {
        this.set(ledger.status.pending);
      },
    });
    new Counter({
      name: 'easel_ledger_dropped_rows_total',
      help: 'Rows of the ledger that were lost because too many were waiting.',
      registers,
      collect() {
        this.reset();
        this.inc(ledger.status.dropped);
      },
    });
  }

  /**
   * Gauges of values that other objects hold are read at the scrape, so they cost nothing
   * otherwise.
   */
  private readOnScrape(pool: AccountPoolService, memory: MemoryBudget): void {
    const { registers } = this;
    new Gauge({
      name: 'easel_accounts',
      help: 'Accounts by state, without the states of single models.',
      labelNames: ['state'],
      registers,
      collect() {
        const now = Date.now();
        const states = pool.list().map((member) => member.conditionOfAccount(now).state);
        for (const state of ACCOUNT_STATES) {
          this.set({ state }, states.filter((one) => one === state).length);
        }
      },
    });
    new Gauge({
      name: 'easel_images_in_flight',
      help: 'Images in flight upstream, in this process.',
      registers,
      collect() {
        this.set(pool.load.inFlight);
      },
    });
    new Gauge({
      name: 'easel_images_waiting',
      help: 'Images waiting for a slot of an account, in this process.',
      registers,
      collect() {
        this.set(pool.load.waiting);
      },
    });
    new Gauge({
      name: 'easel_inflight_bytes',
      help: 'Bytes of images that are held or expected.',
      registers,
      collect() {
        this.set(memory.bytes);
      },
    });
    new Gauge({
      name: 'easel_inflight_bytes_limit',
      help: 'MAX_INFLIGHT_MB in bytes.',
      registers,
      collect() {
        this.set(memory.maxBytes);
      },
    });
    new Gauge({
      name: 'easel_images_waiting_for_memory',
      help: 'Images and bodies waiting for memory.',
      registers,
      collect() {
        this.set(memory.waiting);
      },
    });
    new Counter({
      name: 'easel_upstream_calls_total',
      help: 'Completed calls to Gemini, by outcome.',
      labelNames: ['outcome'],
      registers,
      collect() {
        this.reset();
        for (const [outcome, calls] of pool.endings) {
          this.inc({ outcome }, calls);
        }
      },
    });
  }
}
