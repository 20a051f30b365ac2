import { Controller, Get, Res } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { ANONYMOUS } from '../context/consumer';
import { contextOf } from '../context/request-contexts';
import { Access } from '../http/auth/access';
import { ACCESS_ERRORS, ApiErrors, OpenAiErrorBodyDto } from '../http/errors/openai-error.dto';
import { ConsumerLimits } from './limits/consumer-limits';
import { KeyBudgetDto, KeyDto, toKeyDto } from './key.dto';

@ApiTags('Keys')
@ApiExtraModels(KeyBudgetDto, OpenAiErrorBodyDto)
@ApiErrors(ACCESS_ERRORS)
@Controller('v1/key')
export class KeyController {
  constructor(private readonly limits: ConsumerLimits) {}

  /** What the key of this request may do, and what remains of its limits. */
  @Get()
  @Access('member', 'monitor')
  @ApiOperation({ summary: 'Look up your key' })
  async read(@Res({ passthrough: true }) response: Response): Promise<KeyDto> {
    const { consumer = ANONYMOUS } = contextOf(response);
    return toKeyDto(consumer, await this.limits.usage(consumer), Date.now());
  }
}
