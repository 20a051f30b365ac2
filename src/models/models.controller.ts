import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { contextOf } from '../context/request-contexts';
import { GatewayError } from '../errors/gateway-error';
import { Access } from '../http/auth/access';
import { ACCESS_ERRORS, ApiErrors, OpenAiErrorBodyDto } from '../http/errors/openai-error.dto';
import { listedModelIds } from '../mapping/model-catalogue';
import { nearestModels } from '../mapping/nearest-models';
import { isGeminiModel, isKnownModel } from '../mapping/resolved-model';
import { PRICE_TABLE, type PriceTable } from '../pricing/price-table';
import { ModelDto, ModelListDto } from './model.dto';
import { makesAny, modelEntry } from './model-entry';

@ApiTags('Models')
@ApiExtraModels(OpenAiErrorBodyDto)
@ApiErrors(ACCESS_ERRORS)
@Access('member')
@Controller('v1/models')
export class ModelsController {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(PRICE_TABLE) private readonly prices: PriceTable,
  ) {}

  /** The image models that the key may use, and OpenAI's names that stand for the default model. */
  @Get()
  @ApiOperation({ summary: 'List the image models' })
  @ApiQuery({
    name: 'output_modalities',
    required: false,
    schema: { type: 'string', example: 'image' },
    description: 'Lists only models that produce one of these modalities, separated by commas.',
  })
  list(
    @Res({ passthrough: true }) response: Response,
    @Query('output_modalities') modalities?: string | readonly string[],
  ): ModelListDto {
    const { consumer } = contextOf(response);
    const { defaultModel, listsModelAliases } = this.config.images;
    const asked = modalities === undefined ? undefined : [modalities].flat().join(',');
    return {
      object: 'list',
      data: listedModelIds(consumer?.models)
        .filter(({ ownedBy }) => listsModelAliases || ownedBy === 'google')
        .map(({ id, ownedBy }) =>
          modelEntry(id, { ownedBy, defaultModel, allowance: consumer }, this.prices.models),
        )
        .filter((model) => makesAny(model, asked)),
    };
  }

  /** One model, under any name that an image request may use. */
  @Get('*id')
  @ApiOperation({ summary: 'Look up one model' })
  @ApiParam({ name: 'id', example: 'gemini-3-pro-image' })
  @ApiErrors({ 'An unknown model': { kind: 'model_not_found', model: 'gpt-4o' } })
  find(
    @Param('id') segments: string | readonly string[],
    @Res({ passthrough: true }) response: Response,
  ): ModelDto {
    const { consumer } = contextOf(response);
    // A wildcard, since an id may be `models/…`; a trailing slash leaves an empty segment.
    const id = [segments].flat().filter(Boolean).join('/');
    if (!isKnownModel(id, consumer)) {
      const nearest = nearestModels(id, consumer);
      throw new GatewayError({ kind: 'model_not_found', model: id, nearest });
    }
    const ownedBy = isGeminiModel(id) ? 'google' : 'easel-alias';
    const { defaultModel } = this.config.images;
    return modelEntry(id, { ownedBy, defaultModel, allowance: consumer }, this.prices.models);
  }
}
