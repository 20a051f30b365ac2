import type { Request } from 'express';
import { GatewayError, invalidRequest } from '../errors/gateway-error';
import type { GeminiMethod } from '../gemini/gemini.types';
import type { JsonBytes } from '../http/bodies/blob-json-body';
import { parseHeader } from '../http/bodies/header-parameters';
import { serialiseBlobJson } from '../json/blob-json-writer';
import { allowedImageSize } from '../mapping/allowed-image-size';
import { shutDownWarnings } from '../mapping/image-plan';
import { exceedsImageSize, normaliseImageSize } from '../mapping/image-size';
import { toWarning } from '../mapping/mapping-warning';
import type { ModelAllowance } from '../mapping/model-allowance';
import type { CatalogueModel } from '../mapping/model-catalogue';
import { nearestModels } from '../mapping/nearest-models';
import { resolveModel, type ResolvedModel } from '../mapping/resolved-model';
import { apiFor } from './body-dialect';
import { readBodyFacts } from './body-facts';
import { correctedBody, singleCandidateBody, sizedBody } from './corrected-body';
import type { GeminiOrder } from './gemini-order';

/** The parts of a request that an order is made from. */
export interface GeminiRequest {
  /** The id in the path, decoded. */
  readonly model: string;
  readonly method: 'generateContent' | 'streamGenerateContent' | 'countTokens';
  readonly headers: Request['headers'];
  /** The path and query in the form of Easel's routes. */
  readonly url: string;
  readonly body: JsonBytes;
}

/** The operator's settings, in general or for the consumer. */
export interface OrderLimits {
  readonly defaultModel: string;
  readonly maxImagesPerRequest: number;
  readonly allowance?: ModelAllowance | undefined;
}

/**
 * Validates a call of Gemini's own API.
 *
 * @throws GatewayError `model_not_found`, `invalid_request`
 */
export function geminiOrder(request: GeminiRequest, limits: OrderLimits): GeminiOrder {
  const { model: requestedModel, method, headers, url } = request;
  const { value, bytes } = request.body;
  const { defaultModel, allowance = {} } = limits;
  const resolved = imageModel(requestedModel, defaultModel, allowance);
  const { model } = resolved;
  const asked = readBodyFacts(value);
  const size = method === 'countTokens' ? {} : sizeToAskFor(asked.imageSize, model, allowance);
  const facts = { ...asked, ...size };
  checkCandidates(facts.candidates, method, limits.maxImagesPerRequest);
  const sized = size.imageSize === undefined ? value : sizedBody(value, size.imageSize);
  const single = facts.candidates > 1 ? singleCandidateBody(sized) : sized;
  const corrected = correctedBody(single) ?? single;
  return {
    model: model.id,
    requestedModel,
    method: upstreamMethod(method, url),
    headers: passedHeaders(headers),
    body: corrected === value ? bytes : serialiseBlobJson(corrected),
    facts,
    warnings: [
      ...shutDownWarnings(resolved),
      ...(size.imageSize === undefined
        ? []
        : [`no imageSize was set; used ${size.imageSize}, the largest that your key allows`]),
    ].map(toWarning),
    api: apiFor(value),
    ...(method === 'countTokens' ? { isFree: true as const } : {}),
  };
}

/**
 * Resolves an alias to its model. A suffix such as `-16x9` is not accepted, because the body is the
 * client's own.
 */
function imageModel(id: string, defaultModel: string, allowance: ModelAllowance): ResolvedModel {
  const resolved = resolveModel(id, defaultModel, allowance);
  const { suffixAspectRatio, suffixImageSize } = resolved;
  if (suffixAspectRatio !== undefined || suffixImageSize !== undefined) {
    const nearest = nearestModels(id, allowance);
    throw new GatewayError({ kind: 'model_not_found', model: id, nearest });
  }
  return resolved;
}

/**
 * The size to add to a body that names none, if the model's default exceeds the consumer's
 * allowance. A size that the body names is never changed, but rejected above the allowance.
 */
function sizeToAskFor(
  imageSize: string | undefined,
  model: CatalogueModel,
  allowance: ModelAllowance,
): { readonly imageSize?: string } {
  const { maxImageSize } = allowance;
  if (imageSize === undefined) {
    const { value } = allowedImageSize({ warnings: [] }, model, allowance);
    return value === undefined ? {} : { imageSize: value };
  }
  const made = normaliseImageSize(imageSize);
  if (maxImageSize !== undefined && exceedsImageSize(made, maxImageSize)) {
    throw invalidRequest(
      'generationConfig.imageConfig.imageSize',
      'invalid_value',
      `Your key allows no images larger than ${maxImageSize}, and this one would be ${made}.`,
    );
  }
  return {};
}

function checkCandidates(
  candidates: number,
  method: GeminiRequest['method'],
  maxImagesPerRequest: number,
): void {
  const field = 'generationConfig.candidateCount';
  if (candidates > 1 && method === 'streamGenerateContent') {
    throw invalidRequest(
      field,
      'integer_above_max_value',
      'A stream has one candidate. For several, call generateContent, or stream several times.',
    );
  }
  if (candidates > maxImagesPerRequest) {
    throw invalidRequest(
      field,
      'integer_above_max_value',
      `candidateCount must be at most ${maxImagesPerRequest}, but was ${candidates}.`,
    );
  }
}

/** Google's system parameters that change the format of a response. */
const SYSTEM_PARAMETERS: ReadonlySet<string> = new Set([
  'prettyPrint',
  '$prettyPrint',
  'fields',
  '$fields',
]);

/** A query that requests these APIs' JSON, and events only from the method that supports them. */
function upstreamMethod(method: GeminiRequest['method'], url: string): GeminiMethod {
  const query = new URLSearchParams(url.split('?').slice(1).join('?'));
  const passed = new URLSearchParams();
  for (const [name, value] of query) {
    if (SYSTEM_PARAMETERS.has(name)) {
      passed.append(name, value);
    }
  }
  const alt = query.get('alt') ?? query.get('$alt');
  if (method === 'streamGenerateContent' && alt === 'sse') {
    passed.append('alt', 'sse');
  }
  return passed.size === 0 ? method : `${method}?${passed.toString()}`;
}

/** Only these three of the client's headers are forwarded. */
function passedHeaders(headers: Request['headers']): Readonly<Record<string, string>> {
  const passed: Record<string, string> = {};
  const { accept, 'content-type': contentType = '' } = headers;
  const client = headers['x-goog-api-client'];
  const charset = parseHeader(contentType).parameters.get('charset');
  if (charset === undefined || /^utf-?8$/i.test(charset)) {
    // A body in UTF-16 is forwarded as UTF-8.
    passed['content-type'] = contentType;
  }
  if (accept !== undefined) {
    passed['accept'] = accept;
  }
  if (typeof client === 'string') {
    passed['x-goog-api-client'] = client;
  }
  return passed;
}
