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

/**
 * A process may set aside this part of what is left of a limit. So small that no request is refused
 * because of what others have set aside: whoever comes near the limit gets nothing to set aside.
 */
const SPARE_PART = 1 / 50;

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

export function plus(a: QuotaAmount, b: QuotaAmount): QuotaAmount {
  return { images: a.images + b.images, microUsd: a.microUsd + b.microUsd };
}

export function minus(a: QuotaAmount, b: QuotaAmount): QuotaAmount {
  return { images: a.images - b.images, microUsd: a.microUsd - b.microUsd };
}

export function isNothing({ images, microUsd }: QuotaAmount): boolean {
  return images === 0 && microUsd === 0;
}

/** How much of a wanted amount may be set aside. */
export function spareAmount(
  { imagesPerDay, microUsdPerMonth }: QuotaRules,
  used: QuotaAmount,
  wanted: QuotaAmount,
): QuotaAmount {
  return {
    images: spareOf(imagesPerDay, used.images, wanted.images),
    microUsd: spareOf(microUsdPerMonth, used.microUsd, wanted.microUsd),
  };
}

function spareOf(limit: number | undefined, used: number, wanted: number): number {
  return limit === undefined
    ? wanted
    : Math.min(wanted, Math.max(0, Math.floor((limit - used) * SPARE_PART)));
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
