import { ApiProperty } from '@nestjs/swagger';
import type { AppConfig } from '../config/app-config';
import { VERSION } from '../config/version';
import { largestRequest } from '../consumers/limits/limit-status';
import { ANONYMOUS, type Consumer } from '../context/consumer';
import { allowedModels } from '../mapping/allowed-models';
import { sizesWithin } from '../mapping/allowed-image-size';
import { IMAGE_OUTPUT_FORMATS } from '../mapping/image-request';
import { qualityWords } from '../mapping/image-size';

class ConsoleModelDto {
  /** @example gemini-3-pro-image */
  readonly id!: string;

  /**
   * Its display name.
   * @example Nano Banana Pro (Gemini 3 Pro Image)
   */
  readonly name!: string;

  @ApiProperty({ type: [String], example: ['1:1', '16:9'] })
  readonly aspect_ratios!: string[];

  /** The sizes that the key may ask for; empty if the model has only one. */
  @ApiProperty({ type: [String], example: ['1K', '2K', '4K'] })
  readonly image_sizes!: string[];

  /** The sizes that the model supports, but the key may not ask for. */
  @ApiProperty({ type: [String], example: [] })
  readonly withheld_image_sizes!: string[];

  /** The words for `quality` that stand for one of them. */
  @ApiProperty({ type: [String], example: ['hd', 'medium'] })
  readonly qualities!: string[];

  /** The `complexity` values that it supports; empty if its thinking cannot be controlled. */
  @ApiProperty({ type: [String], example: ['low', 'high'] })
  readonly complexities!: string[];

  /**
   * The maximum number of input images.
   * @example 14
   */
  readonly max_input_images!: number;
}

/** What the console may offer to the holder of the key. */
export class ConsoleConfigDto {
  /** @example 1.0.0 */
  readonly version!: string;

  @ApiProperty({ enum: ['off', 'strict', 'all_except_health'] })
  readonly api_keys!: string;

  /**
   * The consumer that the key belongs to.
   * @example design
   */
  readonly consumer!: string;

  @ApiProperty({ enum: ['member', 'operator'] })
  readonly role!: string;

  /** Whether images come from the built-in emulator, at no cost. */
  readonly emulator!: boolean;

  /** Whether `/v1/usage` is available. */
  readonly ledger!: boolean;

  /** Whether images can be hosted under URLs. */
  readonly image_store!: boolean;

  /** @example gemini-3-pro-image */
  readonly default_model!: string;

  /**
   * The maximum number of images per request.
   * @example 10
   */
  readonly max_images!: number;

  readonly models!: ConsoleModelDto[];

  @ApiProperty({ type: [String], example: ['png', 'jpeg', 'webp'] })
  readonly formats!: string[];
}

/** @param providers those of the accounts */
export function toConsoleConfig(
  { auth, images, ledger, hosting }: AppConfig,
  consumer: Consumer = ANONYMOUS,
  providers: readonly string[],
): ConsoleConfigDto {
  const models = allowedModels(consumer);
  const isDefaultAllowed = models.some(({ id }) => id === images.defaultModel);
  return {
    version: VERSION,
    api_keys: auth.mode,
    consumer: consumer.name,
    role: consumer.role,
    // The emulator has its own accounts, so it never draws if there are none.
    emulator: providers.length > 0 && providers.every((provider) => provider === 'emulator'),
    ledger: ledger.database.kind !== 'off',
    image_store: hosting.store !== undefined,
    default_model: isDefaultAllowed ? images.defaultModel : (models[0]?.id ?? images.defaultModel),
    max_images: largestRequest(consumer.limits, images.maxImagesPerRequest),
    models: models.map((model) => {
      const sizes = sizesWithin(consumer, model);
      return {
        id: model.id,
        name: model.name,
        aspect_ratios: [...model.aspectRatios],
        image_sizes: [...sizes],
        withheld_image_sizes: model.imageSizes.filter((size) => !sizes.includes(size)),
        qualities: [...qualityWords(sizes, images.qualityAliases)],
        complexities: Object.keys(model.thinkingLevels),
        max_input_images: model.maxInputImages,
      };
    }),
    formats: [...IMAGE_OUTPUT_FORMATS],
  };
}
