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

  /** The pool, account by account, in the order of the configuration, without secrets. */
  @Get()
  @Access('monitor')
  @ApiOperation({ summary: 'List the accounts and their status' })
  list(): AccountListDto {
    const now = Date.now();
    return { object: 'list', data: this.pool.list().map((member) => toAccountDto(member, now)) };
  }

  /** Makes a disabled, cooling or exhausted account usable again. Fix the cause first. */
  @Post(':email/enable')
  @HttpCode(200)
  @ApiOperation({ summary: 'Enable an account' })
  @ApiParam({ name: 'email', example: 'studio@example.com' })
  @ApiErrors({
    'Disabled in the configuration': {
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
   * Takes an account out of use until it is enabled again: on all replicas if they share their
   * state, otherwise until the process ends. Its running calls finish.
   */
  @Post(':email/disable')
  @HttpCode(200)
  @ApiOperation({ summary: 'Disable an account' })
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
