/** What the form holds; the images themselves are kept beside it. */
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
  /** What it is charged as, and how soon it comes: `service_tier`. */
  readonly tier: string;
}

/** What a picture is asked of. */
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

/** The body of a generation as anybody would write it: what was left alone is not sent. */
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

/** The body of a variation: a picture goes along, and the server has its own words for what to do with it. */
export function variationBody(form: FormFields): RequestBody {
  return without(requestBody(form), ['prompt', 'style']);
}

/** The body for one frame of a run: a stream of its own, so that the frame has its own account, id and reason. */
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

/** What the plan is asked with: an empty prompt is not yet a mistake. */
export function planBody(form: FormFields): RequestBody {
  return { ...requestBody(form), prompt: form.prompt.trim() || '…' };
}

export function seedOf(text: string): number | undefined {
  const trimmed = text.trim();
  return /^-?\d{1,10}$/.test(trimmed) ? Number(trimmed) : undefined;
}

/** Whole, and between 1 and what the server takes. */
export function imageCount(text: string, max: number): number {
  const count = Math.round(Number(text));
  return Number.isFinite(count) ? Math.min(max, Math.max(1, count)) : 1;
}

/** What «More» names while it is closed. */
export function namesOfMore(form: FormFields): string {
  const names = [
    form.quality !== '' && `quality ${form.quality}`,
    form.style !== '' && form.style,
    seedOf(form.seed) !== undefined && `seed ${form.seed.trim()}`,
    form.interim !== EMPTY_FORM.interim && `${form.interim} interim`,
    form.thinking !== '' && `thinking ${form.thinking}`,
    form.tier !== '' && `tier ${form.tier}`,
  ].filter((name) => name !== false);
  return names.length > 0 ? names.join(', ') : 'quality, style, seed';
}
