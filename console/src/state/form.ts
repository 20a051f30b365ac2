import { computed, signal } from '@preact/signals';
import { EMPTY_FORM, type FormFields } from '../logic/generation-request';
import { byWidth, nearestRatio } from '../logic/pixels';
import { seedFault } from '../logic/seed';
import { config } from './session';

/** An image that goes along. The first one is what a mask is painted on. */
export interface InputImage {
  readonly id: string;
  readonly blob: Blob;
  readonly url: string;
  readonly width: number;
  readonly height: number;
}

export const form = signal<FormFields>(EMPTY_FORM);
export const inputs = signal<readonly InputImage[]>([]);
export const isMasking = signal(false);
/** What was wrong with a field when it was to be sent, told there: by its id on the page. */
export const complaint = signal<{ field: string; words: string } | undefined>(undefined);

export const model = computed(() => {
  const { models = [], default_model: fallback } = config.value ?? {};
  const named = models.find(({ id }) => id === form.value.model);
  return named ?? models.find(({ id }) => id === fallback) ?? models[0];
});
export const ratios = computed(() => byWidth(model.value?.aspect_ratios ?? []));

export const maxInputs = computed(() => model.value?.max_input_images ?? 14);

/** What «Auto» comes to: the first image's own ratio, or a square. */
export const autoRatio = computed(() => {
  const [first] = inputs.value;
  return first === undefined ? '1:1' : nearestRatio(first.width, first.height, ratios.value);
});

export function setField<Name extends keyof FormFields>(name: Name, value: FormFields[Name]): void {
  form.value = { ...form.value, [name]: value };
  complaint.value = undefined;
}

/** What is wrong with a field, by its id; empty if nothing is. A seed that is none is told as it is typed. */
export function faultOf(field: string): string {
  const { value } = complaint;
  if (value?.field === field) {
    return value.words;
  }
  return field === 'seed' ? seedFault(form.value.seed) : '';
}

/** Words for `quality` that every model takes, and that stand for no size. */
export const ANY_QUALITY = ['auto', 'standard'];

/** Choices that the new model lacks go back to «Auto». */
export function setModel(id: string): void {
  setField('model', id);
  const {
    aspect_ratios: has = [],
    image_sizes: sizes = [],
    qualities = [],
    complexities = [],
  } = model.value ?? {};
  const { ratio, resolution, quality, thinking } = form.value;
  form.value = {
    ...form.value,
    ratio: has.includes(ratio) ? ratio : '',
    resolution: sizes.includes(resolution) ? resolution : '',
    quality: [...ANY_QUALITY, ...qualities].includes(quality) ? quality : '',
    thinking: complexities.includes(thinking) ? thinking : '',
  };
}

const READABLE = /^image\/(png|jpeg|webp|gif|avif|heic|heif)$/;

/** Takes what is a picture, as far as there is room; says how many files were left out. */
export async function addInputs(files: readonly Blob[]): Promise<number> {
  const room = maxInputs.value - inputs.value.length;
  const taken = files.filter(({ type }) => READABLE.test(type)).slice(0, room);
  const images = await Promise.all(taken.map(inputOf));
  const whole = images.filter((image) => image !== undefined);
  inputs.value = [...inputs.value, ...whole];
  return files.length - whole.length;
}

async function inputOf(blob: Blob): Promise<InputImage | undefined> {
  try {
    const bitmap = await createImageBitmap(blob);
    const { width, height } = bitmap;
    bitmap.close();
    return { id: crypto.randomUUID(), blob, url: URL.createObjectURL(blob), width, height };
  } catch {
    return undefined;
  }
}

/** Puts one picture in the place of all others, for «Edit this». */
export async function replaceInputs(blobs: readonly Blob[]): Promise<void> {
  clearInputs();
  await addInputs(blobs);
}

function clearInputs(): void {
  inputs.value.forEach(({ url }) => {
    URL.revokeObjectURL(url);
  });
  inputs.value = [];
}

export function removeInput(id: string): void {
  const [first] = inputs.value;
  const gone = inputs.value.find((image) => image.id === id);
  inputs.value = inputs.value.filter((image) => image.id !== id);
  if (gone !== undefined) {
    URL.revokeObjectURL(gone.url);
  }
  if (first?.id === id) {
    // The mask belongs to the picture that it was painted on.
    isMasking.value = false;
  }
}

export function moveInput(id: string, by: number): void {
  const list = [...inputs.value];
  const from = list.findIndex((image) => image.id === id);
  const to = Math.min(list.length - 1, Math.max(0, from + by));
  const [image] = list.splice(from, 1);
  if (image === undefined) {
    return;
  }
  list.splice(to, 0, image);
  if (list[0]?.id !== inputs.value[0]?.id) {
    isMasking.value = false;
  }
  inputs.value = list;
}
