import { ApiProperty, ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { GEMINI_MODELS } from '../../mapping/model-catalogue';
import { EditImagesDto } from './edit-images.dto';
import { GenerateImagesDto } from './generate-images.dto';
import { EXAMPLE_IMAGE, EXAMPLE_MASK } from './example-images';
import { VaryImageDto } from './vary-image.dto';

/** The largest number that any model accepts, a mask included. */
const MAX_IMAGES = Math.max(...GEMINI_MODELS.map(({ maxInputImages }) => maxInputImages));

const FILE = { type: 'string', format: 'binary' } as const;

/** The accepted types of files. The bytes decide, so a part may have any label. */
export const IMAGE_ENCODING = { contentType: 'image/png, image/jpeg, image/webp' } as const;
export const MASK_ENCODING = { contentType: 'image/png' } as const;

/** The files of an edit in a form. */
class EditFiles {
  /**
   * The images, in order: PNG, JPEG or WebP, 50 MiB each at most. A mask applies to the first.
   * `image[]` and `image[0]`, `image[1]` … mean the same.
   */
  @ApiProperty({ type: 'array', items: FILE, minItems: 1, maxItems: MAX_IMAGES })
  readonly image!: unknown[];

  /**
   * A PNG with alpha, of the same size as the first image. Where it is opaque, the first image's
   * pixels are kept; where it is transparent, the model's pixels replace them.
   */
  @ApiPropertyOptional(FILE)
  readonly mask?: unknown;

  /**
   * A PNG with alpha, of the same size as the first image, with marks that point at things: the
   * model gets the first image with and without them. Cannot be combined with a mask.
   */
  @ApiPropertyOptional(FILE)
  readonly markup?: unknown;
}

/**
 * An image by its URL. Any other member is rejected, so that a `file_id` is not silently ignored.
 */
const imageReference = (example: string) => ({
  type: 'object' as const,
  required: ['image_url'],
  additionalProperties: false,
  properties: {
    image_url: {
      type: 'string' as const,
      description:
        'A data URI, `data:image/png;base64,…`, or an http(s) URL that is publicly reachable.',
      pattern: '^\\s*(https?:|data:[^,]*;\\s*base64\\s*(;[^,]*)?,)',
      example,
    },
  },
});

const NAMED = { type: 'string', minLength: 1 } as const;

/** An image in any of the accepted notations. */
const REFERENCE = {
  oneOf: [
    { type: 'string' as const },
    {
      type: 'object' as const,
      anyOf: [{ required: ['url'] }, { required: ['image_url'] }],
      properties: {
        url: NAMED,
        image_url: {
          oneOf: [
            NAMED,
            {
              type: 'object' as const,
              required: ['url'],
              properties: { url: NAMED },
            },
          ],
        },
      },
    },
  ],
};

/** The images of an edit in JSON. */
class EditUrls {
  /** The images, in order: PNG, JPEG or WebP, 50 MiB each at most. A mask applies to the first. */
  @ApiProperty({
    type: 'array',
    items: imageReference(EXAMPLE_IMAGE),
    minItems: 1,
    maxItems: MAX_IMAGES,
  })
  readonly images!: unknown[];

  /**
   * A PNG with alpha, of the same size as the first image. Where it is opaque, the first image's
   * pixels are kept; where it is transparent, the model's pixels replace them.
   */
  @ApiProperty({ ...imageReference(EXAMPLE_MASK), nullable: true, selfRequired: false })
  readonly mask?: unknown;

  /**
   * A PNG with alpha, of the same size as the first image, with marks that point at things: the
   * model gets the first image with and without them. Cannot be combined with a mask.
   */
  @ApiProperty({ ...imageReference(EXAMPLE_MASK), nullable: true, selfRequired: false })
  readonly markup?: unknown;
}

/** One image or a list, in any of the notations of the supported dialects. */
const REFERENCES = {
  nullable: true,
  oneOf: [REFERENCE, { type: 'array' as const, items: REFERENCE, maxItems: MAX_IMAGES }],
};

/** The reference images of a generation. */
class ReferenceImages {
  /**
   * Reference images; the generation is then carried out as an edit. Each is a data URI, an http(s)
   * URL or bare base64, either directly or as `{ url }`, `{ image_url }` or `{ image_url: { url }
   * }`.
   */
  @ApiPropertyOptional(REFERENCES)
  readonly image?: unknown;

  /** An alias of `image`. */
  @ApiPropertyOptional(REFERENCES)
  readonly images?: unknown;

  /** An alias of `image`. */
  @ApiPropertyOptional(REFERENCES)
  readonly image_url?: unknown;

  /** An alias of `image`. */
  @ApiPropertyOptional(REFERENCES)
  readonly image_urls?: unknown;

  /** An alias of `image`: OpenRouter's name for it. */
  @ApiPropertyOptional(REFERENCES)
  readonly input_references?: unknown;

  /** A mask for the first image, as in an edit; ignored without an image. */
  @ApiPropertyOptional({ nullable: true, oneOf: [REFERENCE] })
  readonly mask?: unknown;

  /** Marks over the first image, as in an edit; ignored without an image. */
  @ApiPropertyOptional({ nullable: true, oneOf: [REFERENCE] })
  readonly markup?: unknown;
}

class VaryFile {
  /** The image: PNG, JPEG or WebP, 50 MiB at most. */
  @ApiProperty(FILE)
  readonly image!: unknown;
}

/** The body of a generation. */
export class GenerateImagesJsonDto extends IntersectionType(GenerateImagesDto, ReferenceImages) {}

/**
 * The body of an edit as a form. These classes exist for Swagger only; the images are not validated
 * by class-validator.
 */
export class EditImagesFormDto extends IntersectionType(EditFiles, EditImagesDto) {}

/** The body of an edit as JSON. */
export class EditImagesJsonDto extends IntersectionType(EditUrls, EditImagesDto) {}

/** The body of a variation. */
export class VaryImageFormDto extends IntersectionType(VaryFile, VaryImageDto) {}
