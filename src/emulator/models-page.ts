import { EMULATOR_MODELS, modelResource } from './emulator-models';
import { invalidArgument } from './google-error';
import type { GoogleError } from './google-error';

const DEFAULT_SIZE = 50;

export type ModelsPage =
  | { readonly ok: true; readonly page: object }
  | { readonly ok: false; readonly error: GoogleError };

/** One page of ListModels. A token is opaque to clients; here it is the place of the next model. */
export function modelsPage(query: URLSearchParams): ModelsPage {
  const size = Number(query.get('pageSize') ?? 0);
  if (!Number.isInteger(size) || size < 0) {
    return refused('page_size must be a positive integer.');
  }
  const token = query.get('pageToken') ?? '';
  const place = token === '' ? '0' : Buffer.from(token, 'base64url').toString('latin1');
  const start = Number(place);
  if (!/^\d+$/u.test(place) || start >= EMULATOR_MODELS.length) {
    return refused('page_token is not valid.');
  }
  // Zero is what a field is that was not sent.
  const end = start + (size === 0 ? DEFAULT_SIZE : size);
  return {
    ok: true,
    page: {
      models: EMULATOR_MODELS.slice(start, end).map(modelResource),
      ...(end < EMULATOR_MODELS.length
        ? { nextPageToken: Buffer.from(String(end), 'latin1').toString('base64url') }
        : {}),
    },
  };
}

function refused(problem: string): ModelsPage {
  return { ok: false, error: invalidArgument(`* ListModelsRequest.${problem}\n`) };
}
