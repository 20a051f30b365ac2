import { ApiProperty, ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { GEMINI_MODELS } from '../../mapping/model-catalogue';
import { EditImagesDto } from './edit-images.dto';
import { GenerateImagesDto } from './generate-images.dto';
import { EXAMPLE_IMAGE, EXAMPLE_MASK } from './example-images';
import { VaryImageDto } from './vary-image.dto';

/** As many as any model takes, a mask included. */
const MOST_IMAGES = Math.max(...GEMINI_MODELS.map(({ maxInputImages }) => maxInputImages));

const FILE = { type: 'string', format: 'binary' } as const;

/** What files may be. A file's own bytes decide, so a part may be labelled as anything. */
export const IMAGE_ENCODING = { contentType: 'image/png, image/jpeg, image/webp' } as const;
export const MASK_ENCODING = { contentType: 'image/png' } as const;

/** The files of an edit as a form has them. */
class EditFiles {
  /**
   * The images, in order: PNG, JPEG or WebP, 50 MiB each at most. The first is the one that a mask is
   * for. `image[]` and `image[0]`, `image[1]` … mean the same.
   */
  @ApiProperty({ type: 'array', items: FILE, minItems: 1, maxItems: MOST_IMAGES })
  readonly image!: unknown[];

  /**
   * A PNG with alpha, as large as the first image: where it is opaque, each pixel stays that of the
   * first image; where it is transparent, the model's takes its place.
   */
  @ApiPropertyOptional(FILE)
  readonly mask?: unknown;

  /**
   * A PNG with alpha, as large as the first image, with marks that point at things: the model gets the first image
   * with and without them. Not together with a mask.
   */
  @ApiPropertyOptional(FILE)
  readonly markup?: unknown;
}

/** An image by its URL. Any other member is refused, so that no `file_id` is left out in silence. */
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

/** An image in whatever way. */
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

/** The images of an edit as JSON has them. */
class EditUrls {
  /** The images, in order: PNG, JPEG or WebP, 50 MiB each at most. The first is the one that a mask is for. */
  @ApiProperty({
    type: 'array',
    items: imageReference(EXAMPLE_IMAGE),
    minItems: 1,
    maxItems: MOST_IMAGES,
  })
  readonly images!: unknown[];

  /**
   * A PNG with alpha, as large as the first image: where it is opaque, each pixel stays that of the
   * first image; where it is transparent, the model's takes its place.
   */
  @ApiProperty({ ...imageReference(EXAMPLE_MASK), nullable: true, selfRequired: false })
  readonly mask?: unknown;

  /**
   * A PNG with alpha, as large as the first image, with marks that point at things: the model gets the first image
   * with and without them. Not together with a mask.
   */
  @ApiProperty({ ...imageReference(EXAMPLE_MASK), nullable: true, selfRequired: false })
  readonly markup?: unknown;
}

/** One image, or a list, in any of the ways of the many dialects. */
const REFERENCES = {
  nullable: true,
  oneOf: [REFERENCE, { type: 'array' as const, items: REFERENCE, maxItems: MOST_IMAGES }],
};

/** The images of a generation. */
class ReferenceImages {
  /**
   * Images to work from: the generation is carried out as an edit then. Each is a data URI, an http(s) URL or bare
   * base64, as it is or as `{ url }`, `{ image_url }` or `{ image_url: { url } }`.
   */
  @ApiPropertyOptional(REFERENCES)
  readonly image?: unknown;

  /** The same as `image`. */
  @ApiPropertyOptional(REFERENCES)
  readonly images?: unknown;

  /** The same as `image`. */
  @ApiPropertyOptional(REFERENCES)
  readonly image_url?: unknown;

  /** The same as `image`. */
  @ApiPropertyOptional(REFERENCES)
  readonly image_urls?: unknown;

  /** The same as `image`, under OpenRouter's name. */
  @ApiPropertyOptional(REFERENCES)
  readonly input_references?: unknown;

  /** A mask for the first image, as an edit has it; without an image it is not used. */
  @ApiPropertyOptional({ nullable: true, oneOf: [REFERENCE] })
  readonly mask?: unknown;

  /** Marks over the first image, as an edit has them; without an image they are not used. */
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

/** The body of an edit as a form. All of these are for Swagger alone: images are no matter for validators. */
export class EditImagesFormDto extends IntersectionType(EditFiles, EditImagesDto) {}

/** The body of an edit as JSON. */
export class EditImagesJsonDto extends IntersectionType(EditUrls, EditImagesDto) {}

/** The body of a variation. */
export class VaryImageFormDto extends IntersectionType(VaryFile, VaryImageDto) {}
