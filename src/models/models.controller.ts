import { Controller, Get, Param } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { GatewayError } from '../errors/gateway-error';
import { ACCESS_ERRORS, ApiErrors, OpenAiErrorBodyDto } from '../http/errors/openai-error.dto';
import { listedModelIds } from '../mapping/model-catalogue';
import { nearestModels } from '../mapping/nearest-models';
import { isGeminiModel, isKnownModel } from '../mapping/resolved-model';
import { ModelDto, ModelListDto } from './model.dto';

/** 2026-01-01. Typed SDKs require an integer, and no client needs the real date. */
const CREATED = 1_767_225_600;

@ApiTags('Models')
@ApiExtraModels(OpenAiErrorBodyDto)
@ApiErrors(ACCESS_ERRORS)
@Controller('v1/models')
export class ModelsController {
  /** The image models, and OpenAI's names that stand for the default one. */
  @Get()
  @ApiOperation({ summary: 'List the image models' })
  list(): ModelListDto {
    return {
      object: 'list',
      data: listedModelIds().map(({ id, ownedBy }) => model(id, ownedBy)),
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
    return model(id, isGeminiModel(id) ? 'google' : 'easel-alias');
  }
}

function model(id: string, ownedBy: string): ModelDto {
  return { id, object: 'model', created: CREATED, owned_by: ownedBy };
}
