import { Module } from '@nestjs/common';
import { ImagesModule } from '../images/images.module';
import { OpenRouterController } from './openrouter.controller';

/** OpenRouter's Image API. */
@Module({ imports: [ImagesModule], controllers: [OpenRouterController] })
export class OpenRouterModule {}
