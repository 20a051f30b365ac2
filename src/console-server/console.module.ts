import { join } from 'node:path';
import { Module, type DynamicModule } from '@nestjs/common';
import { ImagesModule } from '../images/images.module';
import { PricingModule } from '../pricing/pricing.module';
import { ConsoleController } from './console.controller';
import { ConsoleFiles } from './console-files';
import { PlanController } from './plan.controller';

/** Where `npm run build` puts the page, beside the compiled server. */
const BUILT = join(__dirname, '../console');

/** The console's page and configuration, and the plan of a request. */
@Module({})
export class ConsoleModule {
  /** @param isOn whether there is a page; plans are available without it */
  static forRoot({ isOn }: { readonly isOn: boolean }): DynamicModule {
    return {
      module: ConsoleModule,
      imports: [ImagesModule, PricingModule],
      controllers: isOn ? [ConsoleController, PlanController] : [PlanController],
      providers: isOn
        ? [{ provide: ConsoleFiles, useFactory: () => ConsoleFiles.read(BUILT) }]
        : [],
    };
  }
}
