import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { contextOf } from '../context/request-contexts';
import { GatewayError } from '../errors/gateway-error';
import { Access } from '../http/auth/access';
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
@Access('member')
@Controller('v1/models')
export class ModelsController {
  /** The image models that the key may use, and OpenAI's names that stand for the default one. */
  @Get()
  @ApiOperation({ summary: 'List the image models' })
  list(@Res({ passthrough: true }) response: Response): ModelListDto {
    const { consumer } = contextOf(response);
    return {
      object: 'list',
      data: listedModelIds(consumer?.models).map(({ id, ownedBy }) => model(id, ownedBy)),
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
    return model(id, isGeminiModel(id) ? 'google' : 'easel-alias');
  }
}

function model(id: string, ownedBy: string): ModelDto {
  return { id, object: 'model', created: CREATED, owned_by: ownedBy };
}
