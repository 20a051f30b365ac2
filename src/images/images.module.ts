import { Module } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { AttemptsModule } from '../attempts/attempts.module';
import { GeminiModule } from '../gemini/gemini.module';
import { MappingService } from '../mapping/mapping.service';
import { ImageAttempt } from './image-attempt';
import { ImageFinisher } from './image-finisher';
import { ImageOutcomes } from './image-outcomes';
import { ImagesController } from './images.controller';
import { ImagesRenderer } from './images.renderer';
import { ImagesService } from './images.service';
import { HostedFiles } from './inputs/hosted-files';
import { ImageDownload } from './inputs/image-download';
import { ImageUrlService } from './inputs/image-url.service';
import { InputImagesService } from './inputs/input-images.service';
import { ImageEncoder } from './pixels/image-encoder';
import { InputReader } from './pixels/input-reader';
import { MarkupComposer } from './pixels/markup-composer';
import { MaskComposer } from './pixels/mask-composer';
import { MaskReader } from './pixels/mask-reader';
import { PixelSemaphore } from './pixels/pixel-semaphore';

/** OpenAI's Images API, and what other APIs need to run and render image orders. */
@Module({
  imports: [AttemptsModule, GeminiModule],
  controllers: [ImagesController],
  providers: [
    {
      provide: MappingService,
      useFactory: ({ images }: AppConfig) => new MappingService(images),
      inject: [APP_CONFIG],
    },
    ImageAttempt,
    { provide: ImageDownload, useFactory: () => new ImageDownload() },
    HostedFiles,
    ImageEncoder,
    ImageFinisher,
    ImageOutcomes,
    ImagesRenderer,
    ImagesService,
    ImageUrlService,
    InputImagesService,
    InputReader,
    MarkupComposer,
    MaskComposer,
    MaskReader,
    PixelSemaphore,
  ],
  exports: [ImagesRenderer, ImagesService],
})
export class ImagesModule {}
