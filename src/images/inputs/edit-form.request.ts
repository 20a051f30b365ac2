import { invalidRequest } from '../../errors/gateway-error';
import {
  entriesOf,
  fieldName,
  type FormFile,
  type MultipartForm,
} from '../../http/bodies/multipart-form';
import { fieldNamesOf } from '../../http/bodies/request-validation.pipe';
import { EditImagesDto } from '../dto/edit-images.dto';
import { invalidType, missingParameter } from '../dto/parameter-fault';
import { VaryImageDto } from '../dto/vary-image.dto';
import { duplicateMessage, formValues } from './form-values';
import type { ParsedEdit, UploadedFile } from './uploaded-images';

/** Names for images that JSON generations accept and forms do not. */
const FOREIGN_REFERENCES: ReadonlyMap<string, string> = new Map(
  ['image_url', 'image_urls', 'input_references'].map((name) => [name, 'use image, with a file']),
);

/** Fields of an edit that a variation does not have, since its prompt is fixed. */
const NOT_IN_VARIATIONS: ReadonlyMap<string, string> = new Map(
  ['prompt', 'style', 'mask', 'markup'].map((name) => [name, 'call /v1/images/edits']),
);

/**
 * Parses the form of an edit: images under `image`, in any notation of a list, and at most one
 * `mask` or `markup`.
 *
 * @throws GatewayError `invalid_request`, with OpenAI's message if it is known
 */
export function editFromForm(form: MultipartForm): ParsedEdit {
  if (entriesOf(form.fields, 'images').length + entriesOf(form.files, 'images').length > 0) {
    throw invalidRequest(
      'images',
      'invalid_value',
      "Unknown parameter: 'images'. For multipart/form-data use 'image' or 'image[]'.",
    );
  }
  refuseText(form, 'image', 'one of an array of files or file');
  const images = imageFiles(form);
  const mask = overlayOf(form, 'mask');
  const markup = overlayOf(form, 'markup');
  const fields = formValues(form.fields, fieldNamesOf(EditImagesDto));
  return {
    fields,
    uploads: { kind: 'files', images, mask, markup },
    meaningless: FOREIGN_REFERENCES,
    sent: textsOf(form),
  };
}

/**
 * Parses the form of a variation, which has one image.
 *
 * @throws GatewayError `invalid_request`
 */
export function variationFromForm(form: MultipartForm): ParsedEdit {
  refuseText(form, 'image', 'a file');
  const [image, ...others] = imageFiles(form);
  if (image === undefined || others.length > 0) {
    throw invalidRequest('image', 'duplicate_parameter', duplicateMessage('image'));
  }
  const fields = formValues(form.fields, fieldNamesOf(VaryImageDto));
  return {
    fields,
    uploads: { kind: 'files', images: [image] },
    meaningless: NOT_IN_VARIATIONS,
    sent: { ...textsOf(form), ...Object.fromEntries(form.files.map(({ name }) => [name, true])) },
  };
}

function imageFiles(form: MultipartForm): readonly UploadedFile[] {
  const files = entriesOf(form.files, 'image');
  if (files.length === 0) {
    throw missingParameter('image');
  }
  const [only] = files;
  const isAlone = files.length === 1 && only?.name === 'image';
  return files.map((file, index) => uploadedFile(file, isAlone ? 'image' : `image[${index}]`));
}

function overlayOf(form: MultipartForm, name: 'mask' | 'markup'): UploadedFile | undefined {
  refuseText(form, name, 'a file');
  const [overlay, ...others] = entriesOf(form.files, name);
  if (others.length > 0) {
    throw invalidRequest(name, 'duplicate_parameter', duplicateMessage(name));
  }
  return overlay && uploadedFile(overlay, name);
}

/**
 * All texts of the form by name; `null` counts as absent, and of duplicates the last one counts.
 */
function textsOf(form: MultipartForm): Readonly<Record<string, unknown>> {
  const asJson = (text: string): unknown =>
    ['null', 'false', '[]', '{}'].includes(text.trim()) ? undefined : text;
  return Object.fromEntries(form.fields.map(({ name, value }) => [name, asJson(value)]));
}

/**
 * Refuses a text, usually a data URI, in place of a file. `null` is an omitted mask, because forms
 * have no null.
 */
function refuseText(
  form: MultipartForm,
  base: 'image' | 'mask' | 'markup',
  expected: string,
): void {
  const text = entriesOf(form.fields, base).find(
    ({ value }) => base === 'image' || value !== 'null',
  );
  if (text !== undefined) {
    const param = text.name === base ? base : `${base}[${fieldName(text.name).index ?? 0}]`;
    throw invalidType(param, expected, 'a string');
  }
}

function uploadedFile({ bytes, declaredType }: FormFile, param: string): UploadedFile {
  return { bytes, declaredType, field: { param } };
}
