import { invalidType, nameOfType } from '../images/dto/parameter-fault';
import { JsonBlob } from '../json/json-blob';
import { member } from '../json/unknown-json';
import type { FieldNames } from '../mapping/image-request';

type Fields = Readonly<Record<string, unknown>>;

/** The fields of the Images API that a chat accepts, and their camelCase spellings. */
const IMAGE_FIELDS: ReadonlyMap<string, string> = new Map([
  ['aspect_ratio', 'aspectRatio'],
  ['image_size', 'imageSize'],
  ['size', 'size'],
  ['quality', 'quality'],
  ['style', 'style'],
  ['output_format', 'outputFormat'],
  ['output_compression', 'outputCompression'],
  ['background', 'background'],
  ['moderation', 'moderation'],
  ['complexity', 'complexity'],
  ['service_tier', 'serviceTier'],
  ['seed', 'seed'],
  ['n', 'n'],
  ['batch_size', 'batchSize'],
]);

/** Fields that are only read at the top level. */
const TOP_FIELDS = ['user', 'safety_identifier', 'stream', 'temperature', 'top_p'];

/** A `service_tier` of OpenAI's chat alone: capacity that was bought there in advance. */
const OPENAI_ONLY_TIER = 'scale';

/** LobeHub marks image models with this suffix, and removes it where it knows of it. */
const IMAGE_ENDING = /:image$/i;

/** OpenRouter chooses a model itself under this name; Kilo Code asks for it by default. */
const AUTO_MODEL = 'openrouter/auto';

/** The image configuration, wherever the program has put it. */
export interface ImageConfigs {
  /** All of them, in order of precedence. */
  readonly configs: readonly Fields[];
}

/**
 * Finds `image_config`: at the top level as in OpenRouter's API, or within `google` or `extra_body`
 * as in Google's compatibility layer for OpenAI's clients, in either spelling.
 *
 * @throws GatewayError `invalid_type` for one at the top level that is not an object
 */
export function findImageConfigs(body: Fields): ImageConfigs {
  const extra = member(body, 'extra_body');
  const googles = [member(body, 'google'), member(extra, 'google')];
  const named = [body, ...googles, extra].flatMap((holder) =>
    ['image_config', 'imageConfig'].map((name) => {
      const config = member(holder, name) ?? undefined;
      if (holder === body && config !== undefined && !isFields(config)) {
        throw invalidType(name, 'an object', nameOfType(config));
      }
      return config;
    }),
  );
  return { configs: [...named, ...googles].filter(isFields) };
}

/**
 * The fields of a chat under the names of the Images API; the image configuration takes precedence
 * over the same names at the top level. Values are unchecked.
 */
export function chatFields(body: Fields, { configs }: ImageConfigs): Fields {
  const fields: Record<string, unknown> = {};
  for (const name of TOP_FIELDS) {
    set(fields, name, body[name]);
  }
  set(fields, 'model', chatModel(body['model']));
  for (const [name, camelCase] of IMAGE_FIELDS) {
    for (const holder of [...configs, body]) {
      set(fields, name, holder[name] ?? holder[camelCase]);
    }
  }
  if (fields['service_tier'] === OPENAI_ONLY_TIER) {
    delete fields['service_tier'];
  }
  return fields;
}

/** What the client calls the fields that a model may lack. */
export function chatFieldNames(body: Fields, { configs }: ImageConfigs): FieldNames {
  const nameOf = (name: string): string => {
    const camelCase = IMAGE_FIELDS.get(name) ?? name;
    const holder = [...configs, body].find(
      (one) => isPresent(one[name]) || isPresent(one[camelCase]),
    );
    return holder === undefined || isPresent(holder[name]) ? name : camelCase;
  };
  return { aspectRatio: nameOf('aspect_ratio'), imageSize: nameOf('image_size') };
}

function isPresent(value: unknown): boolean {
  return (value ?? undefined) !== undefined;
}

function set(fields: Record<string, unknown>, name: string, value: unknown): void {
  if (isPresent(value)) {
    fields[name] ??= value;
  }
}

/** A model's name without what chat programs add to it; undefined for the default model. */
export function chatModel(model: unknown): unknown {
  if (typeof model !== 'string') {
    return model;
  }
  const named = model.replace(IMAGE_ENDING, '');
  return named.toLowerCase() === AUTO_MODEL ? undefined : named;
}

function isFields(value: unknown): value is Fields {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof JsonBlob)
  );
}
