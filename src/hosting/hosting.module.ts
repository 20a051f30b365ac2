import { Global, Module } from '@nestjs/common';
import { join } from 'node:path';
import { PinoLogger } from 'nestjs-pino';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { DiskImageStore } from './disk-image-store';
import { HostedImages } from './hosted-images';
import { HostedImagesController } from './hosted-images.controller';
import { ImageLinks, SIGNING_KEYS } from './image-links';
import { IMAGE_STORE, type ImageStore } from './image-store';
import { openS3 } from './s3-client';
import { freshSigningKey, keptSigningKey } from './signing-key';

/** The hosting of images, and `/files`. Global, since all APIs may return such URLs. */
@Global()
@Module({
  controllers: [HostedImagesController],
  providers: [
    {
      provide: IMAGE_STORE,
      useFactory: ({
        hosting,
        upstream,
      }: AppConfig): Promise<ImageStore> | ImageStore | undefined => {
        switch (hosting.store?.kind) {
          case undefined:
            return undefined;
          case 'disk':
            return new DiskImageStore(join(hosting.dataFolder, 'images'), hosting.maxBytes);
          case 's3':
            return openS3(hosting.store, upstream.proxies);
        }
      },
      inject: [APP_CONFIG],
    },
    {
      provide: SIGNING_KEYS,
      useFactory: ({ hosting }: AppConfig, log: PinoLogger): readonly string[] => {
        if (hosting.signingKeys.length > 0 || hosting.store === undefined) {
          return hosting.signingKeys;
        }
        try {
          return [keptSigningKey(hosting.dataFolder)];
        } catch (error) {
          log.warn(
            { err: error },
            'DATA_DIR cannot be written: image URLs are only valid until the process ends',
          );
          return [freshSigningKey()];
        }
      },
      inject: [APP_CONFIG, PinoLogger],
    },
    HostedImages,
    ImageLinks,
  ],
  exports: [HostedImages, ImageLinks],
})
export class HostingModule {}
