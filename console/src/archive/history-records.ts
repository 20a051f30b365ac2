import { EMPTY_FORM, type FormFields } from '../logic/generation-request';
import { fileName } from '../logic/words';
import type { Asked, Picture } from '../state/frame';
import type { ZipFile } from './zip-writer';

/** The file of the archive that describes all others. */
export const INDEX = 'history.json';
const VERSION = 1;
const FORMATS = ['png', 'jpeg', 'webp'];

type Plain = Omit<Picture, 'asked' | 'blob' | 'preview'>;

/** A picture with file names in place of its blobs. */
interface HistoryRecord extends Plain {
  readonly asked: Omit<Asked, 'images' | 'mask'>;
  readonly file: string;
  readonly preview: string;
  readonly images: readonly string[];
  readonly mask: string | null;
}

/** The files of an archive: pictures under readable names, and an index. */
export function archiveFiles(pictures: readonly Picture[]): readonly ZipFile[] {
  const files: ZipFile[] = [];
  const records = pictures.map(({ blob, preview, asked, ...plain }): HistoryRecord => {
    const { images, mask, ...rest } = asked;
    const add = (name: string, data: Blob): string => {
      files.push({ name, data });
      return name;
    };
    const [name, extension] = splitName(fileName(asked.form.prompt, plain.at, plain.format));
    return {
      ...plain,
      asked: rest,
      file: add(`pictures/${name}-${plain.id.slice(0, 8)}.${extension}`, blob),
      preview: add(`more/${plain.id}/preview`, preview),
      images: images.map((image, index) => {
        const type = image.type.replace('image/', '') || 'png';
        return add(`more/${plain.id}/input-${index + 1}.${type}`, image);
      }),
      mask: mask === undefined ? null : add(`more/${plain.id}/mask`, mask),
    };
  });
  const index = JSON.stringify({ easel_history: VERSION, pictures: records });
  return [{ name: INDEX, data: new Blob([index], { type: 'application/json' }) }, ...files];
}

function splitName(name: string): readonly [string, string] {
  const dot = name.lastIndexOf('.');
  return [name.slice(0, dot), name.slice(dot + 1)];
}

/** Undefined for an index that this page has not written. */
export function recordsOf(index: string): readonly unknown[] | undefined {
  try {
    const parsed = JSON.parse(index) as unknown;
    return isObject(parsed) &&
      parsed['easel_history'] === VERSION &&
      Array.isArray(parsed['pictures'])
      ? parsed['pictures']
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The picture of a record, which may have been edited by hand. Undefined if anything is invalid.
 *
 * @param open returns a file of the archive; undefined if it does not exist
 */
export async function pictureOf(
  record: unknown,
  open: (name: string) => Promise<Blob | undefined>,
): Promise<Picture | undefined> {
  if (!isObject(record) || !isObject(record['asked']) || !isObject(record['asked']['form'])) {
    return undefined;
  }
  const { id, format, images } = record;
  const [at, width, height, ms] = ['at', 'width', 'height', 'ms'].map((name) => record[name]);
  const isWhole =
    typeof id === 'string' &&
    /^[\w-]{1,64}$/.test(id) &&
    typeof format === 'string' &&
    FORMATS.includes(format) &&
    Array.isArray(images) &&
    isCount(at) &&
    isCount(ms) &&
    isCount(width) &&
    isCount(height) &&
    width * height > 0;
  if (!isWhole) {
    return undefined;
  }
  const file = async (name: unknown, type: string) =>
    typeof name === 'string' ? (await open(name))?.slice(0, undefined, type) : undefined;
  const [blob, preview, mask, ...inputs] = await Promise.all([
    file(record['file'], `image/${format}`),
    file(record['preview'], 'image/webp'),
    file(record['mask'], 'image/png'),
    ...images.map((name) => file(name, inputType(name))),
  ]);
  if (blob === undefined || preview === undefined || inputs.includes(undefined)) {
    return undefined;
  }
  return {
    id,
    at,
    ms,
    width,
    height,
    format,
    blob,
    preview,
    runId: text(record['runId']) || id,
    account: text(record['account']),
    model: text(record['model']),
    ratio: text(record['ratio']),
    size: text(record['size']),
    requestId: text(record['requestId']),
    warnings: Array.isArray(record['warnings']) ? record['warnings'].map(text) : [],
    usage: usageOf(record['usage']),
    asked: {
      form: formOf(record['asked']['form']),
      images: inputs.filter((input) => input !== undefined),
      mask,
      isVariation: record['asked']['isVariation'] === true,
    },
  };
}

/** The type of an input image, which may be any that browsers support. */
function inputType(name: unknown): string {
  const extension = /\.(png|jpeg|webp|gif|avif|heic|heif)$/.exec(text(name))?.[1];
  return `image/${extension ?? 'png'}`;
}

/** Each field as the form has it; a value of another type counts as untouched. */
function formOf(form: Readonly<Record<string, unknown>>): FormFields {
  const fields = Object.entries(EMPTY_FORM).map(([name, otherwise]: [string, unknown]) => {
    const value = form[name];
    return [name, typeof value === typeof otherwise ? value : otherwise];
  });
  return Object.fromEntries(fields) as FormFields;
}

function usageOf(usage: unknown): Picture['usage'] {
  if (!isObject(usage) || !isCount(usage['input_tokens']) || !isCount(usage['output_tokens'])) {
    return undefined;
  }
  const cost = usage['cost'];
  return {
    ...(usage as unknown as NonNullable<Picture['usage']>),
    ...(cost !== undefined && { cost: isCount(cost) ? cost : 0 }),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
