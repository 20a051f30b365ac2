import { ApiProperty } from '@nestjs/swagger';
import { toUsd } from '../context/image-record';
import { addUsage, NO_USAGE, type UsageGroup } from './usage-span';

/** The sums of a group of images. */
export class UsageTotalDto {
  /** The number of generated images. */
  readonly images!: number;
  /** Images that an account was leased for, but that were not made. */
  readonly failed!: number;
  readonly requests!: number;
  readonly input_tokens!: number;
  readonly output_tokens!: number;
  /** US dollars. */
  readonly usd!: number;
}

/** One group; it has those of these members that the groups are by. */
export class UsageItemDto extends UsageTotalDto {
  readonly consumer?: string;
  readonly model?: string;
  readonly account?: string;
  /** As it was sent to Google, `default` if none was. */
  readonly size?: string;
  readonly api?: string;
  /** UTC, such as 2026-11-28. */
  readonly day?: string;
}

export class UsageListDto {
  @ApiProperty({ enum: ['list'] })
  readonly object!: 'list';
  @ApiProperty({ type: [UsageItemDto] })
  readonly data!: readonly UsageItemDto[];
  readonly total!: UsageTotalDto;
  readonly from!: string;
  readonly to!: string;
}

export type UsageItem = UsageItemDto;

export function usageItem({ keys, ...counts }: UsageGroup): UsageItemDto {
  return Object.assign({ ...keys }, usageTotal(counts));
}

export function usageList(
  groups: readonly UsageGroup[],
  { from, to }: { readonly from: number; readonly to: number },
): UsageListDto {
  return {
    object: 'list',
    data: groups.map(usageItem),
    total: usageTotal(groups.reduce<typeof NO_USAGE>(addUsage, NO_USAGE)),
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
  };
}

function usageTotal(counts: Omit<UsageGroup, 'keys'>): UsageTotalDto {
  return {
    images: counts.images,
    failed: counts.failed,
    requests: counts.requests,
    input_tokens: counts.inputTokens,
    output_tokens: counts.outputTokens,
    usd: toUsd(counts.microUsd),
  };
}
