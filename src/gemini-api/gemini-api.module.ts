import { Module } from '@nestjs/common';
import { AttemptsModule } from '../attempts/attempts.module';
import { GeminiModule } from '../gemini/gemini.module';
import { ImagesModule } from '../images/images.module';
import { GeminiApiCall } from './gemini-api-call';
import { GeminiApiController } from './gemini-api.controller';
import { GeminiApiService } from './gemini-api.service';
import { GeminiModelsController } from './gemini-models.controller';
import { GeminiRenderer } from './gemini.renderer';
import { PredictRenderer } from './predict.renderer';

/** Gemini's own API, `/v1beta/models`. */
@Module({
  imports: [AttemptsModule, GeminiModule, ImagesModule],
  controllers: [GeminiApiController, GeminiModelsController],
  providers: [GeminiApiCall, GeminiApiService, GeminiRenderer, PredictRenderer],
})
export class GeminiApiModule {}
