import { ApiProperty } from '@nestjs/swagger';
import type { Consumer, ConsumerRole } from '../context/consumer';
import type { LimitStatus } from './limits/limit-status';

/** A limit, and what is left of it. */
export class KeyLimitDto {
  /** @example 20 */
  readonly limit!: number;

  /** @example 17 */
  readonly remaining!: number;

  /** When all of it is there again, as far as that is known. */
  @ApiProperty({ type: String, nullable: true, example: '2026-11-28T09:30:00.000Z' })
  readonly resets_at!: string | null;
}

const LIMIT = {
  type: () => KeyLimitDto,
  nullable: true,
  example: { limit: 20, remaining: 17, resets_at: '2026-11-28T09:30:00.000Z' },
} as const;

/** In images; null where there is no limit. */
export class KeyLimitsDto {
  @ApiProperty(LIMIT)
  readonly images_per_minute!: KeyLimitDto | null;

  @ApiProperty({ ...LIMIT, example: null })
  readonly images_per_day!: KeyLimitDto | null;

  @ApiProperty({ ...LIMIT, example: { limit: 8, remaining: 8, resets_at: null } })
  readonly concurrent_images!: KeyLimitDto | null;
}

/** What may be spent in a month. */
export class KeyBudgetDto {
  /** @example 200 */
  readonly limit_usd!: number;

  /** @example 12.6336 */
  readonly spent_usd!: number;

  /** @example 2026-12-01T00:00:00.000Z */
  readonly resets_at!: string;
}

/** What the key may do, and what is left of its limits. Every member is there, null where there is none. */
export class KeyDto {
  /** @example key */
  readonly object!: string;

  /**
   * Its holder.
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

  @ApiProperty({ type: () => KeyBudgetDto, nullable: true, example: null })
  readonly budget!: KeyBudgetDto | null;

  /** From when on it is refused. */
  @ApiProperty({ type: String, nullable: true, example: '2027-04-01T00:00:00.000Z' })
  readonly expires_at!: string | null;
}

/**
 * The public view of a consumer. Members are picked one by one, so that no key can slip in.
 *
 * @param now epoch milliseconds
 */
export function toKeyDto(
  { name, role, models, maxImageSize, limits, expiresAt }: Consumer,
  { inWindow, resetMs, atWork }: LimitStatus,
  now: number,
): KeyDto {
  const minuteResetsAt = inWindow === 0 ? null : new Date(now + resetMs).toISOString();
  return {
    object: 'key',
    name,
    role,
    models: models ?? null,
    max_image_size: maxImageSize ?? null,
    limits: {
      images_per_minute: keyLimit(limits?.imagesPerMinute, inWindow, minuteResetsAt),
      images_per_day: null,
      concurrent_images: keyLimit(limits?.concurrentImages, atWork, null),
    },
    budget: null,
    expires_at: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
  };
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
