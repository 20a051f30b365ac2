import { ApiProperty } from '@nestjs/swagger';
import type { Condition } from './account-health';
import type { PoolMember } from './pool-member';

const STATES = ['ready', 'cooling', 'exhausted', 'disabled'] as const;

/** The state of an account, or of one model on it. */
export class ConditionDto {
  /** `cooling` and `exhausted` end by themselves; `disabled` lasts until an operator fixes the cause. */
  @ApiProperty({ enum: STATES, example: 'ready' })
  readonly state!: (typeof STATES)[number];

  /** Why it is not ready, with Google's own constant if there is one. */
  @ApiProperty({ type: String, nullable: true, example: null })
  readonly reason!: string | null;

  /** When it will be ready again, ISO 8601. */
  @ApiProperty({ type: String, nullable: true, format: 'date-time', example: null })
  readonly until!: string | null;
}

/** An account of the pool, without secrets. */
export class AccountDto extends ConditionDto {
  /** @example studio@example.com */
  readonly email!: string;

  /** @example gemini */
  readonly provider!: string;

  /**
   * Upstream calls in flight, including those of other replicas if the pool is shared.
   * @example 1
   */
  readonly in_flight!: number;

  /**
   * The maximum number of concurrent upstream calls.
   * @example 4
   */
  readonly max_concurrency!: number;

  /**
   * Upstream calls since this process started.
   * @example 120
   */
  readonly requests!: number;

  /**
   * Images made since this process started.
   * @example 117
   */
  readonly images!: number;

  /**
   * Upstream calls that failed since the process started.
   * @example 3
   */
  readonly failures!: number;

  /** The models that are not ready on this account, by id. */
  @ApiProperty({
    type: 'object',
    additionalProperties: { $ref: '#/components/schemas/ConditionDto' },
    example: {},
  })
  readonly models!: Readonly<Record<string, ConditionDto>>;
}

export class AccountListDto {
  /** @example list */
  readonly object!: string;

  readonly data!: AccountDto[];
}

/**
 * The public view of an account. Members are listed one by one, so no credential can slip in.
 *
 * @param now epoch milliseconds
 */
export function toAccountDto(member: PoolMember, now: number): AccountDto {
  const { account, counters } = member;
  const { state, reason, until } = toConditionDto(member.conditionOfAccount(now));
  const models = member
    .modelConditions(now)
    .map(([model, condition]) => [model, toConditionDto(condition)] as const);
  return {
    email: account.email,
    provider: account.provider,
    state,
    reason,
    until,
    in_flight: member.inFlight,
    max_concurrency: account.maxConcurrency,
    requests: counters.requests,
    images: counters.images,
    failures: counters.failures,
    models: Object.fromEntries(models),
  };
}

function toConditionDto(condition: Condition): ConditionDto {
  return {
    state: condition.state,
    reason: condition.state === 'ready' ? null : condition.reason,
    until: 'until' in condition ? new Date(condition.until).toISOString() : null,
  };
}
