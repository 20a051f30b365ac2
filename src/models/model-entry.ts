import { MODELS_CREATED, type CatalogueModel } from '../mapping/model-catalogue';
import type { ModelAllowance } from '../mapping/model-allowance';
import { resolveModel } from '../mapping/resolved-model';
import type { ModelPrice, PriceTable } from '../pricing/price-table';
import type { ModelDto } from './model.dto';

/** Input and output modalities. Gemini adds text to its images if it is asked to. */
const ARCHITECTURE = {
  input_modalities: ['text', 'image'],
  output_modalities: ['image', 'text'],
} as const;

/** The request fields that every model supports. */
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

/** What an entry depends on besides its id. */
interface EntryFacts {
  readonly ownedBy: 'google' | 'easel-alias';
  readonly defaultModel: string;
  /** The client's allowance, which may change the model behind an alias. */
  readonly allowance?: ModelAllowance | undefined;
}

/**
 * A model as `GET /v1/models` shows it: in OpenAI's format, with additional members for
 * OpenRouter's model pickers.
 *
 * @param id as the client wrote it, or as it is listed
 * @param prices of the models; the entry of a model without a price has none
 * @throws GatewayError `model_not_found`
 */
export function modelEntry(
  id: string,
  { ownedBy, defaultModel, allowance }: EntryFacts,
  prices: PriceTable['models'],
): ModelDto {
  const { model } = resolveModel(id, defaultModel, allowance);
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

/**
 * Twelve decimals represent every per-million price of six decimals. Never `2e-6`, which few
 * clients parse.
 */
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
 * Whether a model produces the requested modality.
 *
 * @param asked comma-separated modalities, any of which is enough; absent, empty or `all`: any
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
