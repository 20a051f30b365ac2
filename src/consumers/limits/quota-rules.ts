import type { Consumer } from '../../context/consumer';

/** The amounts that count: images per day, money per month. */
export interface QuotaAmount {
  readonly images: number;
  readonly microUsd: number;
}

/** A consumer's calendar limits. */
export interface QuotaRules {
  readonly imagesPerDay?: number;
  readonly microUsdPerMonth?: number;
}

type QuotaLimit = 'imagesPerDay' | 'usdPerMonth';

export interface QuotaRefusal {
  readonly limit: QuotaLimit;
  /** In images or micro-dollars. */
  readonly used: number;
}

export const NO_AMOUNT: QuotaAmount = { images: 0, microUsd: 0 };

const MICRO = 1_000_000;

/** Undefined if the consumer has no calendar limits. */
export function quotaRules({ limits, budget }: Consumer): QuotaRules | undefined {
  const imagesPerDay = limits?.imagesPerDay;
  if (imagesPerDay === undefined && budget === undefined) {
    return undefined;
  }
  return {
    ...(imagesPerDay === undefined ? {} : { imagesPerDay }),
    ...(budget === undefined ? {} : { microUsdPerMonth: Math.round(budget.usdPerMonth * MICRO) }),
  };
}

/** The limit that refuses an amount, all of it or none. */
export function quotaRefusal(
  { imagesPerDay, microUsdPerMonth }: QuotaRules,
  used: QuotaAmount,
  asked: QuotaAmount,
): QuotaRefusal | undefined {
  if (imagesPerDay !== undefined && used.images + asked.images > imagesPerDay) {
    return { limit: 'imagesPerDay', used: used.images };
  }
  if (microUsdPerMonth !== undefined && used.microUsd + asked.microUsd > microUsdPerMonth) {
    return { limit: 'usdPerMonth', used: used.microUsd };
  }
  return undefined;
}
