import { ApiProperty, ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { GEMINI_MODELS } from '../../mapping/model-catalogue';
import { EditImagesDto } from './edit-images.dto';
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
}

class VaryFile {
  /** The image: PNG, JPEG or WebP, 50 MiB at most. */
  @ApiProperty(FILE)
  readonly image!: unknown;
}

/** The body of an edit as a form. These three are for Swagger alone: images are no matter for validators. */
export class EditImagesFormDto extends IntersectionType(EditFiles, EditImagesDto) {}

/** The body of an edit as JSON. */
export class EditImagesJsonDto extends IntersectionType(EditUrls, EditImagesDto) {}

/** The body of a variation. */
export class VaryImageFormDto extends IntersectionType(VaryFile, VaryImageDto) {}
