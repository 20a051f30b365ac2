import { IMAGE_OUTPUT_FORMATS } from '../mapping/image-request';
import { MODELS_CREATED, type CatalogueModel } from '../mapping/model-catalogue';

/** The values that a request field accepts. */
type Capability =
  | { readonly type: 'enum'; readonly values: readonly string[] }
  | { readonly type: 'range'; readonly min: number; readonly max: number }
  | { readonly type: 'boolean' };

/** A model in OpenRouter's list of image models. */
export interface ImageModel {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Epoch seconds. */
  readonly created: number;
  readonly architecture: {
    readonly input_modalities: readonly string[];
    readonly output_modalities: readonly string[];
  };
  /** The URL of its details. */
  readonly endpoints: string;
  readonly supported_parameters: Readonly<Record<string, Capability>>;
  readonly supports_streaming: boolean;
}

const INT32 = 2 ** 31;

/** @param maxImages the maximum number of images per request */
export function imageModel(model: CatalogueModel, maxImages: number): ImageModel {
  const { id, name, description, aspectRatios, imageSizes, maxInputImages } = model;
  return {
    id,
    name,
    description,
    created: MODELS_CREATED,
    architecture: { input_modalities: ['text', 'image'], output_modalities: ['image'] },
    endpoints: `/api/v1/models/${id}`,
    supported_parameters: {
      n: { type: 'range', min: 1, max: maxImages },
      aspect_ratio: { type: 'enum', values: aspectRatios },
      ...(imageSizes.length === 0 ? {} : { resolution: { type: 'enum', values: imageSizes } }),
      output_format: { type: 'enum', values: IMAGE_OUTPUT_FORMATS },
      output_compression: { type: 'range', min: 0, max: 100 },
      input_references: { type: 'range', min: 0, max: maxInputImages },
      seed: { type: 'range', min: -INT32, max: INT32 - 1 },
    },
    supports_streaming: true,
  };
}
