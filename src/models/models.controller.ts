import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { GatewayError } from '../errors/gateway-error';
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
@Controller('v1/models')
export class ModelsController {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(PRICE_TABLE) private readonly prices: PriceTable,
  ) {}

  /** The image models, and OpenAI's names that stand for the default one. */
  @Get()
  @ApiOperation({ summary: 'List the image models' })
  @ApiQuery({
    name: 'output_modalities',
    required: false,
    schema: { type: 'string', example: 'image' },
    description: 'Only the models that make one of these, separated by commas.',
  })
  list(@Query('output_modalities') modalities?: string | readonly string[]): ModelListDto {
    const { defaultModel, listsModelAliases } = this.config.images;
    const asked = modalities === undefined ? undefined : [modalities].flat().join(',');
    return {
      object: 'list',
      data: listedModelIds()
        .filter(({ ownedBy }) => listsModelAliases || ownedBy === 'google')
        .map(({ id, ownedBy }) => modelEntry(id, ownedBy, defaultModel, this.prices.models))
        .filter((model) => makesAny(model, asked)),
    };
  }

  /** One model, under any name that an image request may use. */
  @Get('*id')
  @ApiOperation({ summary: 'Look up one model' })
  @ApiParam({ name: 'id', example: 'gemini-3-pro-image' })
  @ApiErrors({ 'An unknown model': { kind: 'model_not_found', model: 'gpt-4o' } })
  find(@Param('id') segments: string | readonly string[]): ModelDto {
    // A wildcard, since an id may be `models/…`; a trailing slash leaves an empty segment.
    const id = [segments].flat().filter(Boolean).join('/');
    if (!isKnownModel(id)) {
      throw new GatewayError({ kind: 'model_not_found', model: id, nearest: nearestModels(id) });
    }
    const ownedBy = isGeminiModel(id) ? 'google' : 'easel-alias';
    return modelEntry(id, ownedBy, this.config.images.defaultModel, this.prices.models);
  }
}
