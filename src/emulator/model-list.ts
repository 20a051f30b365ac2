import { EMULATOR_MODELS, findModel, modelResource } from './emulator-models';
import { googleError, invalidArgument } from './google-error';
import type { GoogleError } from './google-error';

type ModelsResponse =
  | { readonly ok: true; readonly value: object }
  | { readonly ok: false; readonly value: GoogleError };

const PATH = /^\/(?:v1|v1beta|v1alpha)\/models(?:\/([^/:]+))?\/?$/u;

/** As at Google: at most 1000 per page, and 50 by default. */
const USUAL_PAGE = 50;
const LARGEST_PAGE = 1000;

/** The response of ListModels or GetModel to this URL; undefined if it is neither. */
export function readModels({ pathname, searchParams }: URL): ModelsResponse | undefined {
  const match = PATH.exec(pathname);
  if (match === null) {
    return undefined;
  }
  const [, id] = match;
  if (id === undefined) {
    return page(searchParams.get('pageSize') ?? '0', searchParams.get('pageToken') ?? '');
  }
  const model = findModel(id);
  return model === undefined
    ? { ok: false, value: googleError(404) }
    : { ok: true, value: modelResource(model) };
}

function page(pageSize: string, pageToken: string): ModelsResponse {
  const size = Number(pageSize);
  if (!Number.isInteger(size) || size < 0) {
    return {
      ok: false,
      value: invalidArgument('page_size must be a number that is not negative.'),
    };
  }
  const from = pageToken === '' ? 0 : offsetIn(pageToken);
  if (from === undefined) {
    return { ok: false, value: invalidArgument('Invalid page token.') };
  }
  const to = from + Math.min(size === 0 ? USUAL_PAGE : size, LARGEST_PAGE);
  return {
    ok: true,
    value: {
      models: EMULATOR_MODELS.slice(from, to).map(modelResource),
      ...(to < EMULATOR_MODELS.length ? { nextPageToken: tokenFor(to) } : {}),
    },
  };
}

/** Opaque, so that no client relies on its content. */
function tokenFor(offset: number): string {
  return Buffer.from(`models:${offset}`).toString('base64url');
}

function offsetIn(token: string): number | undefined {
  const [, offset] = /^models:(\d{1,9})$/u.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  return offset === undefined ? undefined : Number(offset);
}
