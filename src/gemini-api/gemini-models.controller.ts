import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { contextOf } from '../context/request-contexts';
import { GatewayError } from '../errors/gateway-error';
import { findGeminiModel, GEMINI_MODELS } from '../mapping/model-catalogue';
import { nearestModels } from '../mapping/nearest-models';
import { ApiFindGeminiModel, ApiListGeminiModels } from './gemini-api.api';
import { modelPage } from './model-page';
import { modelResource } from './model-resource';

@ApiTags('Gemini')
@Controller('v1beta/models')
export class GeminiModelsController {
  @Get()
  @ApiListGeminiModels()
  list(@Query('pageSize') pageSize?: unknown, @Query('pageToken') pageToken?: unknown): object {
    const { items, nextPageToken } = modelPage(GEMINI_MODELS, pageSize, pageToken);
    return {
      models: items.map(modelResource),
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
    };
  }

  @Get(':model')
  @ApiFindGeminiModel()
  find(@Param('model') id: string, @Res({ passthrough: true }) response: Response): object {
    const { pathFault } = contextOf(response);
    if (pathFault !== undefined) {
      // `GET …:generateContent`: what looks like an id is a method.
      throw new GatewayError(pathFault);
    }
    const model = findGeminiModel(id.toLowerCase());
    if (model === undefined) {
      throw new GatewayError({ kind: 'model_not_found', model: id, nearest: nearestModels(id) });
    }
    return modelResource(model);
  }
}
