import { Controller, Get, Res } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { ANONYMOUS } from '../context/consumer';
import { contextOf } from '../context/request-contexts';
import { Access } from '../http/auth/access';
import { ACCESS_ERRORS, ApiErrors, OpenAiErrorBodyDto } from '../http/errors/openai-error.dto';
import { KeyBudgetDto, KeyDto, toKeyDto } from './key.dto';

@ApiTags('Keys')
@ApiExtraModels(KeyBudgetDto, OpenAiErrorBodyDto)
@ApiErrors(ACCESS_ERRORS)
@Controller('v1/key')
export class KeyController {
  /** What the key of this request may do, and what is left of its limits. */
  @Get()
  @Access('member', 'monitor')
  @ApiOperation({ summary: 'Look up the own key' })
  read(@Res({ passthrough: true }) response: Response): KeyDto {
    const { consumer = ANONYMOUS } = contextOf(response);
    const limits = { images_per_minute: null, images_per_day: null, concurrent_images: null };
    return toKeyDto(consumer, { limits, budget: null });
  }
}
