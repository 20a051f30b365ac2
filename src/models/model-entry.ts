import { MODELS_CREATED, type CatalogueModel } from '../mapping/model-catalogue';
import { resolveModel } from '../mapping/resolved-model';
import type { ModelPrice, PriceTable } from '../pricing/price-table';
import type { ModelDto } from './model.dto';

/** What goes in and out. Gemini writes beside its images where it is asked to. */
const ARCHITECTURE = {
  input_modalities: ['text', 'image'],
  output_modalities: ['image', 'text'],
} as const;

/** The fields of a request that every model listens to. */
const PARAMETERS = [
  'n',
  'size',
  'aspect_ratio',
  'style',
  'seed',
  'output_format',
  'output_compression',
  'stream',
  'service_tier',
] as const;

/**
 * A model as `GET /v1/models` shows it: in OpenAI's shape, with what OpenRouter's pickers read besides.
 *
 * @param id as the client wrote it, or as it is listed
 * @param prices of the models; one without a price has none in its entry
 * @throws GatewayError `model_not_found`
 */
export function modelEntry(
  id: string,
  ownedBy: 'google' | 'easel-alias',
  defaultModel: string,
  prices: PriceTable['models'],
): ModelDto {
  const { model } = resolveModel(id, defaultModel);
  const isAlias = ownedBy === 'easel-alias';
  return {
    id,
    object: 'model',
    created: MODELS_CREATED,
    owned_by: ownedBy,
    name: isAlias ? `${id} (${model.name})` : model.name,
    description: isAlias ? `Stands for ${model.id}. ${model.description}` : model.description,
    architecture: ARCHITECTURE,
    ...pricingOf(prices.get(model.id)),
    supported_parameters: parametersOf(model),
  };
}

function pricingOf(price: ModelPrice | undefined): Pick<ModelDto, 'pricing'> {
  return price === undefined
    ? {}
    : {
        pricing: {
          prompt: usdPerToken(price.inputPerMillion),
          completion: usdPerToken(price.textOutputPerMillion),
          image_output: usdPerToken(price.imageOutputPerMillion),
        },
      };
}

/** Twelve decimals hold every price of six decimals for a million. Never `2e-6`, which few clients read. */
function usdPerToken(usdPerMillion: number): string {
  return (usdPerMillion / 1_000_000).toFixed(12).replace(/\.?0+$/, '');
}

function parametersOf({ imageSizes, thinkingLevels }: CatalogueModel): readonly string[] {
  return [
    ...PARAMETERS,
    ...(imageSizes.length > 1 ? ['quality', 'image_size'] : []),
    ...(Object.keys(thinkingLevels).length > 0 ? ['complexity'] : []),
  ];
}

/**
 * Whether a model makes what is asked for.
 *
 * @param asked modalities separated by commas, of which one is enough; absent, empty or `all`: any
 */
export function makesAny({ architecture }: ModelDto, asked: string | undefined): boolean {
  const wanted = (asked ?? '')
    .split(',')
    .map((modality) => modality.trim().toLowerCase())
    .filter((modality) => modality !== '');
  return (
    wanted.length === 0 ||
    wanted.includes('all') ||
    architecture.output_modalities.some((modality) => wanted.includes(modality))
  );
}
