import { Module } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { loadPriceTable } from './load-price-table';
import { PRICE_TABLE } from './price-table';

/** Google's list prices, read once at start. */
@Module({
  providers: [
    {
      provide: PRICE_TABLE,
      useFactory: ({ costs }: AppConfig) => loadPriceTable(costs.pricesFile),
      inject: [APP_CONFIG],
    },
  ],
  exports: [PRICE_TABLE],
})
export class PricingModule {}
