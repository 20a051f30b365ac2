import { ApiProperty } from '@nestjs/swagger';
import type { Consumer, ConsumerRole } from '../context/consumer';
import { toUsd } from '../context/image-record';
import type { ConsumerUsage } from './limits/consumer-limits';
import { dayEnd, monthEnd } from './limits/quota-period';

/** A limit, and what remains of it. */
export class KeyLimitDto {
  /** @example 20 */
  readonly limit!: number;

  /** @example 17 */
  readonly remaining!: number;

  /** When the limit is fully available again, if that is known. */
  @ApiProperty({ type: String, nullable: true, example: '2026-11-28T09:30:00.000Z' })
  readonly resets_at!: string | null;
}

const LIMIT = {
  type: () => KeyLimitDto,
  nullable: true,
  example: { limit: 20, remaining: 17, resets_at: '2026-11-28T09:30:00.000Z' },
} as const;

/** In images; null if there is no limit. */
export class KeyLimitsDto {
  @ApiProperty(LIMIT)
  readonly images_per_minute!: KeyLimitDto | null;

  @ApiProperty({
    ...LIMIT,
    example: { limit: 500, remaining: 482, resets_at: '2026-11-29T00:00:00.000Z' },
  })
  readonly images_per_day!: KeyLimitDto | null;

  @ApiProperty({ ...LIMIT, example: { limit: 8, remaining: 8, resets_at: null } })
  readonly concurrent_images!: KeyLimitDto | null;
}

/** The monthly budget. */
export class KeyBudgetDto {
  /** @example 200 */
  readonly limit_usd!: number;

  /**
   * Including images in progress.
   * @example 12.6336
   */
  readonly spent_usd!: number;

  /** @example 2026-12-01T00:00:00.000Z */
  readonly resets_at!: string;
}

/**
 * What the key may do, and what remains of its limits. Every member is present, null if it does not
 * apply.
 */
export class KeyDto {
  /** @example key */
  readonly object!: string;

  /**
   * The name of its consumer.
   * @example design
   */
  readonly name!: string;

  @ApiProperty({ enum: ['member', 'monitor', 'operator'], example: 'member' })
  readonly role!: ConsumerRole;

  /** The Gemini models that it may use; null for all. */
  @ApiProperty({ type: [String], nullable: true, example: ['gemini-3-pro-image'] })
  readonly models!: readonly string[] | null;

  @ApiProperty({ type: String, nullable: true, example: '2K' })
  readonly max_image_size!: string | null;

  readonly limits!: KeyLimitsDto;

  @ApiProperty({
    type: () => KeyBudgetDto,
    nullable: true,
    example: { limit_usd: 200, spent_usd: 12.6336, resets_at: '2026-12-01T00:00:00.000Z' },
  })
  readonly budget!: KeyBudgetDto | null;

  /** From then on the key is refused. */
  @ApiProperty({ type: String, nullable: true, example: '2027-04-01T00:00:00.000Z' })
  readonly expires_at!: string | null;
}

/**
 * The public view of a consumer. Members are listed one by one, so no key can slip in.
 *
 * @param now epoch milliseconds
 */
export function toKeyDto(
  { name, role, models, maxImageSize, limits, budget, expiresAt }: Consumer,
  { inWindow, resetMs, atWork, today, microUsdThisMonth }: ConsumerUsage,
  now: number,
): KeyDto {
  const minuteResetsAt = inWindow === 0 ? null : instant(now + resetMs);
  return {
    object: 'key',
    name,
    role,
    models: models ?? null,
    max_image_size: maxImageSize ?? null,
    limits: {
      images_per_minute: keyLimit(limits?.imagesPerMinute, inWindow, minuteResetsAt),
      images_per_day: keyLimit(limits?.imagesPerDay, today, instant(dayEnd(now))),
      concurrent_images: keyLimit(limits?.concurrentImages, atWork, null),
    },
    budget:
      budget === undefined
        ? null
        : {
            limit_usd: budget.usdPerMonth,
            spent_usd: toUsd(microUsdThisMonth),
            resets_at: instant(monthEnd(now)),
          },
    expires_at: expiresAt === undefined ? null : instant(expiresAt),
  };
}

function instant(time: number): string {
  return new Date(time).toISOString();
}

function keyLimit(
  limit: number | undefined,
  used: number,
  resetsAt: string | null,
): KeyLimitDto | null {
  return limit === undefined
    ? null
    : { limit, remaining: Math.max(0, limit - used), resets_at: resetsAt };
}
