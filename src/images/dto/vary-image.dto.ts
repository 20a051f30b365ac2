import { IntersectionType, PickType } from '@nestjs/swagger';
import { EditImagesDto } from './edit-images.dto';
import { GenerateImagesDto } from './generate-images.dto';

/**
 * The fields of `POST /v1/images/variations`, except the image. There is no prompt: it is fixed.
 */
export class VaryImageDto extends IntersectionType(
  PickType(EditImagesDto, ['model', 'n', 'size']),
  PickType(GenerateImagesDto, [
    'quality',
    'response_format',
    'output_format',
    'output_compression',
    'user',
    'safety_identifier',
    'aspect_ratio',
    'image_size',
    'aspectRatio',
    'imageSize',
    'complexity',
    'service_tier',
    'batch_size',
    'seed',
  ]),
) {}
