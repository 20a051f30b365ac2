import type { ServerResponse } from 'node:http';
import type { AppConfig } from '../config/app-config';
import { accountHeader } from '../http/responses/account-header';
import type { ImagePlan } from '../mapping/image-plan';
import { toWarning } from '../mapping/mapping-warning';
import { otherModelWarnings, type GeneratedImage, type SourcedImage } from './generated-image';

/**
 * Sets what is actually asked of the model. Errors carry these headers too, so they are set before
 * anything can fail; until an image arrives, the count of returned images is 0.
 */
export function setPlanHeaders(
  response: ServerResponse,
  plan: Pick<ImagePlan, 'n' | 'model' | 'aspectRatio' | 'imageSize' | 'warnings'>,
): void {
  response.setHeader('X-Images-Requested', String(plan.n));
  setReturnedHeader(response, 0);
  response.setHeader('X-Image-Model', plan.model);
  response.setHeader('X-Image-Aspect-Ratio', plan.aspectRatio ?? 'default');
  response.setHeader('X-Image-Size', plan.imageSize ?? 'default');
  if (plan.warnings.length > 0) {
    response.appendHeader('X-Mapping-Warning', [...plan.warnings]);
  }
}

/**
 * Adds a warning about something that could not be done as asked and is only known once the images
 * are there.
 */
export function addWarning(response: ServerResponse, warning: string): void {
  response.appendHeader('X-Mapping-Warning', toWarning(warning));
}

/**
 * @param images how many the response holds; undefined for a stream, whose head is sent before that
 * is known
 */
export function setReturnedHeader(response: ServerResponse, images: number | undefined): void {
  if (images === undefined) {
    response.removeHeader('X-Images-Returned');
  } else {
    response.setHeader('X-Images-Returned', String(images));
  }
}

/**
 * Sets the accounts that paid for the images, and whether the emulator or another model made them.
 */
export function setSourceHeaders(
  response: ServerResponse,
  images: readonly (Pick<SourcedImage, 'accountEmail' | 'provider'> &
    Pick<Partial<GeneratedImage>, 'otherModel'>)[],
  mode: AppConfig['server']['accountHeader'],
): void {
  const account = accountHeader(
    images.map(({ accountEmail }) => accountEmail),
    mode,
  );
  if (account !== undefined) {
    response.setHeader('X-Account-Email', account);
  }
  if (images.some(({ provider }) => provider === 'emulator')) {
    response.setHeader('X-Upstream', 'emulator');
  }
  for (const warning of otherModelWarnings(images)) {
    response.appendHeader('X-Mapping-Warning', warning);
  }
}
