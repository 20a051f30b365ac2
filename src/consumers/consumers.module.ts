import { Module } from '@nestjs/common';
import { KeyController } from './key.controller';

/** `/v1/key`. */
@Module({ controllers: [KeyController] })
export class ConsumersModule {}
