import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { contextOf } from '../context/request-contexts';
import { GatewayError } from '../errors/gateway-error';
import { Access } from '../http/auth/access';
import { allowedModels } from '../mapping/allowed-models';
import { findGeminiModel } from '../mapping/model-catalogue';
import { nearestModels } from '../mapping/nearest-models';
import { isGeminiModel } from '../mapping/resolved-model';
import { ApiFindGeminiModel, ApiListGeminiModels } from './gemini-api.api';
import { modelPage } from './model-page';
import { modelResource } from './model-resource';

@ApiTags('Gemini')
@Access('member')
@Controller('v1beta/models')
export class GeminiModelsController {
  @Get()
  @ApiListGeminiModels()
  list(
    @Res({ passthrough: true }) response: Response,
    @Query('pageSize') pageSize?: unknown,
    @Query('pageToken') pageToken?: unknown,
  ): object {
    const models = allowedModels(contextOf(response).consumer);
    const { items, nextPageToken } = modelPage(models, pageSize, pageToken);
    return {
      models: items.map(modelResource),
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
    };
  }

  @Get(':model')
  @ApiFindGeminiModel()
  find(@Param('model') id: string, @Res({ passthrough: true }) response: Response): object {
    const { pathFault, consumer } = contextOf(response);
    if (pathFault !== undefined) {
      // `GET …:generateContent`: what looks like an id is a method.
      throw new GatewayError(pathFault);
    }
    const model = findGeminiModel(id.toLowerCase());
    if (model === undefined || !allowedModels(consumer).includes(model)) {
      // An alias has no page here, so it must not be suggested.
      const nearest = nearestModels(id, consumer).filter(isGeminiModel);
      throw new GatewayError({ kind: 'model_not_found', model: id, nearest });
    }
    return modelResource(model);
  }
}
