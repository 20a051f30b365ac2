import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { GatewayError, invalidRequest } from '../errors/gateway-error';
import { Access } from '../http/auth/access';
import { ACCESS_ERRORS, ApiErrors, OpenAiErrorBodyDto } from '../http/errors/openai-error.dto';
import { AccountDto, AccountListDto, ConditionDto, toAccountDto } from './account.dto';
import { AccountPoolService } from './account-pool.service';
import type { PoolMember } from './pool-member';

@ApiTags('Accounts')
@ApiExtraModels(ConditionDto, OpenAiErrorBodyDto)
@ApiErrors(ACCESS_ERRORS)
@Access('operator')
@Controller('v1/accounts')
export class AccountsController {
  constructor(private readonly pool: AccountPoolService) {}

  /** The pool, account by account, in the order of the configuration. Never a secret. */
  @Get()
  @Access('monitor')
  @ApiOperation({ summary: 'List the accounts and their status' })
  list(): AccountListDto {
    const now = Date.now();
    return { object: 'list', data: this.pool.list().map((member) => toAccountDto(member, now)) };
  }

  /** Takes a disabled, cooling or exhausted account back into the pool. Fix the cause first. */
  @Post(':email/enable')
  @HttpCode(200)
  @ApiOperation({ summary: 'Take an account back in' })
  @ApiParam({ name: 'email', example: 'studio@example.com' })
  @ApiErrors({
    'Switched off in the configuration': {
      kind: 'invalid_request',
      message: "The account 'a@example.com' is switched off in the configuration (enabled: false).",
      param: 'email',
      code: null,
    },
    'An unknown account': { kind: 'account_not_found', email: 'nobody@example.com' },
  })
  enable(@Param('email') email: string): AccountDto {
    const member = found(this.pool.enable(email), email);
    if (!member.account.enabled) {
      throw invalidRequest(
        'email',
        null,
        `The account '${email}' is switched off in the configuration (enabled: false).`,
      );
    }
    return toAccountDto(member, Date.now());
  }

  /**
   * Takes an account out until it is enabled again, by all replicas where they share their state, else until the
   * process ends. Calls that it has at work end as they would.
   */
  @Post(':email/disable')
  @HttpCode(200)
  @ApiOperation({ summary: 'Take an account out' })
  @ApiParam({ name: 'email', example: 'studio@example.com' })
  @ApiErrors({
    'An unknown account': { kind: 'account_not_found', email: 'nobody@example.com' },
  })
  disable(@Param('email') email: string): AccountDto {
    return toAccountDto(found(this.pool.disable(email), email), Date.now());
  }
}

function found(member: PoolMember | undefined, email: string): PoolMember {
  if (member === undefined) {
    throw new GatewayError({ kind: 'account_not_found', email });
  }
  return member;
}
