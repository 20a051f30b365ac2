import type { OnApplicationShutdown } from '@nestjs/common';
import type { Consumer, ConsumerLimitRules } from '../../context/consumer';
import type { RequestContext } from '../../context/request-context';
import { GatewayError } from '../../errors/gateway-error';
import { listPrice, type PricedPlan } from '../../pricing/cost';
import type { PriceTable } from '../../pricing/price-table';
import { ImageReservation, reservedImage } from './image-reservation';
import { rateLimitHeaders, type LimitDecision, type LimitStatus } from './limit-status';
import type { QuotaStatus } from './quota-availability';
import type { QuotaBook } from './quota-book';
import { dayEnd, monthEnd } from './quota-period';
import { quotaRules, type QuotaAmount, type QuotaRules } from './quota-rules';
import { RequestQuota } from './request-quota';
import type { ShortLimits, ShortReservation } from './short-limits';

/** The `Retry-After` if the actual wait is unknown: images take seconds. */
const UNKNOWN_WAIT_MS = 5000;

type LimitedRequest = Pick<RequestContext, 'onClosed' | 'outcome'>;

type Granted = Extract<ShortReservation, { granted: true }>;

/** What a consumer has used of its rate limits, its day and its month. */
export interface ConsumerUsage extends LimitStatus {
  readonly today: number;
  readonly microUsdThisMonth: number;
}

/**
 * The limits of consumers. All images of a request are reserved at once before anything is leased,
 * and each reservation is returned if its image is not made. A refused request reserves nothing.
 */
export class ConsumerLimits implements OnApplicationShutdown {
  /**
   * @param quotas undefined without a persistent ledger: then no consumer has a daily or monthly
   * limit
   */
  constructor(
    private readonly short: ShortLimits,
    private readonly prices: PriceTable,
    private readonly quotas?: QuotaBook,
  ) {}

  /**
   * Whether rate and concurrency limits are counted across replicas; undefined for a single
   * replica.
   */
  get isShared(): boolean | undefined {
    return this.short.isShared;
  }

  /** The state of the daily and monthly counts; undefined if there can be no such limit. */
  get quotaStatus(): QuotaStatus | undefined {
    return this.quotas?.status;
  }

  /**
   * Reserves images under the limits of a consumer. Reservations that were not used when the
   * request is closed are returned.
   *
   * @throws GatewayError `consumer_limit`, `consumer_quota`
   */
  async reserve(
    consumer: Consumer | undefined,
    asked: PricedPlan,
    request: LimitedRequest,
  ): Promise<ImageReservation> {
    if (consumer === undefined) {
      return ImageReservation.unlimited;
    }
    const short = await this.reserveShort(consumer, asked.n, request);
    const quota = await this.reserveQuota(consumer, asked, request).catch(
      async (error: unknown) => {
        await giveBack(short, asked.n);
        throw error;
      },
    );
    return short === undefined && quota === undefined
      ? ImageReservation.unlimited
      : reservationOf(asked.n, { short, quota }, request);
  }

  /**
   * Has the response say what is left of the rate limit when its head is written. Without such a
   * limit, this costs nothing.
   *
   * @returns resolves once the other replicas' images are known; undefined if they are
   */
  tell(request: Pick<RequestContext, 'consumer' | 'addLateHeaders'>): Promise<void> | undefined {
    const { consumer } = request;
    if (consumer?.limits?.imagesPerMinute === undefined) {
      return undefined;
    }
    const { name, limits } = consumer;
    request.addLateHeaders(() => rateLimitHeaders(limits, this.short.lastStatus(name)));
    return this.short.refresh(name);
  }

  /** What a consumer has used of all its limits. */
  async usage(consumer: Consumer): Promise<ConsumerUsage> {
    const [status, used] = await Promise.all([
      this.short.status(consumer),
      quotaRules(consumer) === undefined ? undefined : this.usedOf(consumer.name),
    ]);
    return { ...status, today: used?.images ?? 0, microUsdThisMonth: used?.microUsd ?? 0 };
  }

  /**
   * The fraction of its budget that each consumer has used, without those that have no budget.
   * Waits for the database no longer than a request would.
   */
  async budgetRatios(consumers: readonly Consumer[]): Promise<ReadonlyMap<string, number>> {
    const { quotas } = this;
    const limited = consumers.filter(({ budget }) => budget !== undefined);
    if (quotas === undefined || limited.length === 0) {
      return new Map();
    }
    await quotas.refresh(limited.map(({ name }) => name));
    return new Map(
      limited.map((consumer) => {
        const { microUsdPerMonth = 1 } = quotaRules(consumer) ?? {};
        return [consumer.name, quotas.lastUsed(consumer.name).microUsd / microUsdPerMonth];
      }),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.short.close();
  }

  private async usedOf(name: string): Promise<QuotaAmount | undefined> {
    await this.quotas?.refresh([name]);
    return this.quotas?.lastUsed(name);
  }

  private async reserveShort(
    { name, limits }: Consumer,
    images: number,
    request: LimitedRequest,
  ): Promise<Granted | undefined> {
    if (limits?.imagesPerMinute === undefined && limits?.concurrentImages === undefined) {
      return undefined;
    }
    const reservation = await this.short.reserve(name, limits, images);
    if (!reservation.granted) {
      request.outcome.limit = reservation.limit;
      throw limitRefusal(name, limits, images, reservation);
    }
    return reservation;
  }

  private async reserveQuota(
    consumer: Consumer,
    asked: PricedPlan,
    request: LimitedRequest,
  ): Promise<RequestQuota | undefined> {
    const rules = quotaRules(consumer);
    if (rules === undefined || this.quotas === undefined) {
      return undefined;
    }
    const amount = { images: asked.n, microUsd: listPrice(asked, this.prices) };
    const decision = await this.quotas.reserve(consumer.name, rules, amount);
    if (!decision.granted) {
      request.outcome.limit = decision.refusal.limit;
      throw quotaFault(consumer.name, rules, amount, decision);
    }
    return new RequestQuota(this.quotas, decision.held, asked.n, amount.microUsd / asked.n);
  }
}

/** A refused request reserves nothing. */
async function giveBack(short: Granted | undefined, images: number): Promise<void> {
  for (let index = 0; index < images && short !== undefined; index += 1) {
    await short.end(index, false);
  }
}

function reservationOf(
  images: number,
  {
    short,
    quota,
  }: { readonly short: Granted | undefined; readonly quota?: RequestQuota | undefined },
  request: LimitedRequest,
): ImageReservation {
  const reserved = Array.from({ length: images }, (_, index) =>
    reservedImage({
      onEnd: (isMade) => void short?.end(index, isMade),
      onSettled: (isMade, microUsd) => quota?.add(isMade, microUsd),
    }),
  );
  request.onClosed(() => {
    for (const { image, hasBegun } of reserved) {
      if (!hasBegun()) {
        image.notMade();
      }
    }
  });
  return new ImageReservation(reserved.map(({ image }) => image));
}

function limitRefusal(
  consumer: string,
  rules: ConsumerLimitRules,
  requested: number,
  { limit, used, retryMs }: Extract<LimitDecision, { granted: false }>,
): GatewayError {
  const waitMs = retryMs ?? UNKNOWN_WAIT_MS;
  return new GatewayError({
    kind: 'consumer_limit',
    consumer,
    limit,
    max: rules[limit] ?? 0,
    used,
    requested,
    retryAfterSeconds: Math.min(60, Math.max(1, Math.ceil(waitMs / 1000))),
    ...(retryMs === undefined ? {} : { until: Date.now() + retryMs }),
  });
}

function quotaFault(
  consumer: string,
  rules: QuotaRules,
  asked: QuotaAmount,
  { refusal, at }: { readonly refusal: { limit: string; used: number }; readonly at: number },
): GatewayError {
  const isMoney = refusal.limit === 'usdPerMonth';
  return new GatewayError({
    kind: 'consumer_quota',
    consumer,
    ...(isMoney
      ? { limit: 'usdPerMonth', max: rules.microUsdPerMonth ?? 0, requested: asked.microUsd }
      : { limit: 'imagesPerDay', max: rules.imagesPerDay ?? 0, requested: asked.images }),
    used: refusal.used,
    until: isMoney ? monthEnd(at) : dayEnd(at),
  });
}
