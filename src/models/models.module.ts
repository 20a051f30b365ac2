import { Module } from '@nestjs/common';
import { PricingModule } from '../pricing/pricing.module';
import { ModelsController } from './models.controller';

/** `/v1/models`. */
@Module({ imports: [PricingModule], controllers: [ModelsController] })
export class ModelsModule {}
