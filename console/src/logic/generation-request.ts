import { seedOf } from './seed';

/** The content of the form; the images are kept separately. */
export interface FormFields {
  readonly prompt: string;
  readonly model: string;
  /** Empty for «Auto», as everywhere below. */
  readonly ratio: string;
  readonly resolution: string;
  readonly images: number;
  readonly format: string;
  readonly compression: number;
  readonly quality: string;
  readonly style: string;
  readonly seed: string;
  readonly interim: number;
  /** How much the model thinks before it draws: `complexity`. */
  readonly thinking: string;
  /** Its price tier and speed: `service_tier`. */
  readonly tier: string;
}

/** The route that a picture is requested from. */
export type Route = 'generations' | 'edits' | 'variations';

export type RequestBody = Readonly<Record<string, string | number | boolean>>;

export const EMPTY_FORM: FormFields = {
  prompt: '',
  model: '',
  ratio: '',
  resolution: '',
  images: 1,
  format: '',
  compression: 90,
  quality: '',
  style: '',
  seed: '',
  interim: 2,
  thinking: '',
  tier: '',
};

const LOSSY = ['jpeg', 'webp'];

export function isLossy(format: string): boolean {
  return LOSSY.includes(format);
}

/** The body of a generation as one would write it by hand: untouched fields are not sent. */
export function requestBody(form: FormFields): RequestBody {
  const seed = seedOf(form.seed);
  return {
    model: form.model,
    prompt: form.prompt.trim(),
    ...(form.images > 1 && { n: form.images }),
    ...(form.ratio !== '' && { aspect_ratio: form.ratio }),
    ...(form.resolution !== '' && { image_size: form.resolution }),
    ...(form.format !== '' && { output_format: form.format }),
    ...(isLossy(form.format) && { output_compression: form.compression }),
    ...(form.quality !== '' && { quality: form.quality }),
    ...(form.style !== '' && { style: form.style }),
    ...(seed !== undefined && { seed }),
    ...(form.thinking !== '' && { complexity: form.thinking }),
    ...(form.tier !== '' && { service_tier: form.tier }),
  };
}

/** The body of a variation: it has an image, and the server has its own prompt. */
export function variationBody(form: FormFields): RequestBody {
  return without(requestBody(form), ['prompt', 'style']);
}

/**
 * The body for one frame of a run: a stream of its own, so that each frame has its own account, id
 * and error.
 */
export function frameBody(body: RequestBody, interim: number): RequestBody {
  return { ...onePicture(body), stream: true, ...(interim > 0 && { partial_images: interim }) };
}

/** Each frame asks for its own picture. */
export function onePicture(body: RequestBody): RequestBody {
  return without(body, ['n']);
}

function without(body: RequestBody, names: readonly string[]): RequestBody {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)));
}

/** The body for a plan: an empty prompt is not an error yet. */
export function planBody(form: FormFields): RequestBody {
  return { ...requestBody(form), prompt: form.prompt.trim() || '…' };
}

/** What «More» lists while it is closed. */
export function namesOfMore(form: FormFields): string {
  const names = [
    form.quality !== '' && `quality ${form.quality}`,
    form.style !== '' && form.style,
    form.seed.trim() !== '' && `seed ${form.seed.trim()}`,
    form.interim !== EMPTY_FORM.interim && `${form.interim} interim`,
    form.thinking !== '' && `thinking ${form.thinking}`,
    form.tier !== '' && `tier ${form.tier}`,
  ].filter((name) => name !== false);
  return names.length > 0 ? names.join(', ') : 'quality, style, seed';
}
