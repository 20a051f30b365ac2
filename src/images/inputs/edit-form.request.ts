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

/**
 * Takes the form of an edit apart: images under `image`, in whatever way a list of them is written,
 * and at most one `mask`.
 *
 * @throws GatewayError `invalid_request`, in OpenAI's words where they are known
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
  const mask = maskOf(form);
  const fields = formValues(form.fields, fieldNamesOf(EditImagesDto));
  return { fields, uploads: { kind: 'files', images, mask } };
}

/**
 * Takes the form of a variation apart, which has one image.
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
  return { fields, uploads: { kind: 'files', images: [image] } };
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

function maskOf(form: MultipartForm): UploadedFile | undefined {
  refuseText(form, 'mask', 'a file');
  const [mask, ...others] = entriesOf(form.files, 'mask');
  if (others.length > 0) {
    throw invalidRequest('mask', 'duplicate_parameter', duplicateMessage('mask'));
  }
  return mask && uploadedFile(mask, 'mask');
}

/** Not a file but a text, a data URI as a rule. `null` is a mask left out: a form knows no null. */
function refuseText(form: MultipartForm, base: 'image' | 'mask', expected: string): void {
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
