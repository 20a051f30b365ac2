import type { Type } from '@nestjs/common';
import type { RequestContext } from '../context/request-context';
import type { JsonBody } from '../http/bodies/body.guard';
import type { BodyPath } from '../http/bodies/body-paths';
import { MultipartForm } from '../http/bodies/multipart-form';
import type { FileRules } from '../http/bodies/multipart-part';
import { RequestValidationPipe } from '../http/bodies/request-validation.pipe';
import { foreignFieldWarnings } from '../mapping/foreign-fields';
import { VARIATION_PROMPT } from '../mapping/variation-prompt';
import { EditImagesDto } from './dto/edit-images.dto';
import { GenerateImagesDto, toImageRequestFields } from './dto/generate-images.dto';
import { VaryImageDto } from './dto/vary-image.dto';
import type { ImagesOrder } from './images-order';
import { editFromForm, variationFromForm } from './inputs/edit-form.request';
import { editFromJson } from './inputs/edit-json';
import { generationFromJson, REFERENCE_FIELDS } from './inputs/generation-json';
import type { ParsedEdit } from './inputs/uploaded-images';

/** The parts of an Images API form that are always files, never text. */
export const IMAGE_FILES: FileRules = {
  names: new Set(['image', 'mask', 'markup']),
  types: /^image\//,
};

/** The paths of images in a JSON edit. */
export const IMAGE_PATHS: readonly BodyPath[] = [
  ['images', '[]', 'image_url'],
  ['mask', 'image_url'],
  ['markup', 'image_url'],
];

/**
 * The paths of images in a generation: each field, or each of its elements, as a text or in an
 * object.
 */
export const REFERENCE_PATHS: readonly BodyPath[] = [...REFERENCE_FIELDS, 'mask', 'markup'].flatMap(
  (name) =>
    [[name], [name, '[]']].flatMap((path) => [
      path,
      [...path, 'url'],
      [...path, 'image_url'],
      [...path, 'image_url', 'url'],
    ]),
);

/** @throws GatewayError `invalid_request` */
export async function generationOrder(body: JsonBody): Promise<ImagesOrder> {
  const { fields, uploads, meaningless } = generationFromJson(body);
  const dto = await validated(fields, GenerateImagesDto);
  return {
    fields: toImageRequestFields(dto, dto.prompt),
    ...(uploads === undefined ? {} : { uploads, isGeneration: true }),
    warnings: foreignFieldWarnings(fields, meaningless),
    stream: dto.stream === true,
  };
}

/** @throws GatewayError `invalid_request` */
export async function editOrder(body: JsonBody | MultipartForm): Promise<ImagesOrder> {
  const edit = body instanceof MultipartForm ? editFromForm(body) : editFromJson(body);
  const dto = await validated(edit.fields, EditImagesDto);
  return {
    fields: toImageRequestFields(dto, dto.prompt),
    uploads: edit.uploads,
    warnings: warningsOf(edit),
    stream: dto.stream === true,
  };
}

/** @throws GatewayError `invalid_request` */
export async function variationOrder(form: MultipartForm): Promise<ImagesOrder> {
  const variation = variationFromForm(form);
  const dto = await validated(variation.fields, VaryImageDto);
  return {
    fields: toImageRequestFields(dto, VARIATION_PROMPT),
    uploads: variation.uploads,
    warnings: warningsOf(variation),
    stream: false,
  };
}

function warningsOf({ fields, sent = fields, meaningless }: ParsedEdit): readonly string[] {
  return foreignFieldWarnings(sent, meaningless);
}

/** The order for the model in its path, if the path names one. */
export function withModelInPath<T extends Pick<ImagesOrder, 'fields'>>(
  order: T,
  { modelInPath: model }: Pick<RequestContext, 'modelInPath'>,
): T {
  return model === undefined ? order : { ...order, fields: { ...order.fields, model } };
}

const validation = new RequestValidationPipe();

/** The fields of a parsed body, validated as the pipe would validate a whole body. */
async function validated<T extends object>(fields: object, dto: Type<T>): Promise<T> {
  return (await validation.transform(fields, { type: 'body', metatype: dto })) as T;
}
