import { invalidRequest } from '../errors/gateway-error';
import type { GeminiBody } from './corrected-body';
import { protoField, protoInteger, protoItems } from './proto-message';

/** The facts in a body that Easel needs. */
export interface BodyFacts {
  /** How many candidates are requested; each is a separate call. */
  readonly candidates: number;
  /** Only if it has Gemini's form, `16:9`. */
  readonly aspectRatio?: string | undefined;
  /** Only if it has Gemini's form, `2K`. */
  readonly imageSize?: string | undefined;
  /** The price depends on it. */
  readonly serviceTier?: string | undefined;
  readonly includesThoughts: boolean;
  /** How many images, or other files, come with the request. */
  readonly inputs: number;
}

/**
 * Reads the relevant facts from the body of a call, and rejects what only a specific Google project
 * could serve.
 *
 * @throws GatewayError `invalid_request`
 */
export function readBodyFacts(body: GeminiBody): BodyFacts {
  refuseForeignResources(body);
  const nested = protoField(body, 'generateContentRequest');
  refuseForeignResources(nested);
  const config = protoField(body, 'generationConfig');
  const image = protoField(config, 'imageConfig');
  return {
    candidates: Math.max(1, protoInteger(protoField(config, 'candidateCount')) ?? 1),
    aspectRatio: matching(protoField(image, 'aspectRatio'), /^\d{1,2}:\d{1,2}$/),
    imageSize: matching(protoField(image, 'imageSize'), /^\d{1,4}K?$/i)?.toUpperCase(),
    serviceTier: matching(protoField(body, 'serviceTier'), /^[a-z]{1,20}$/i)?.toLowerCase(),
    includesThoughts: protoField(protoField(config, 'thinkingConfig'), 'includeThoughts') === true,
    inputs: partsOf(body).filter(
      ([, part]) =>
        protoField(part, 'inlineData') !== undefined || protoField(part, 'fileData') !== undefined,
    ).length,
  };
}

function matching(value: unknown, pattern: RegExp): string | undefined {
  return typeof value === 'string' && pattern.test(value) ? value : undefined;
}

/**
 * Files uploaded to Google's Files API belong to the project of the key; Vertex AI reads `gs://`
 * with the account's permissions.
 */
const FOREIGN_URI = /^(gs:\/\/|files\/|https?:\/\/generativelanguage\.googleapis\.com\/)/i;

function refuseForeignResources(request: unknown): void {
  if ((protoField(request, 'cachedContent') ?? '') !== '') {
    throw invalidRequest(
      'cachedContent',
      'invalid_value',
      'A cached content belongs to one Google project, and this gateway has several accounts. Send the ' +
        'contents themselves.',
    );
  }
  for (const [place, part] of partsOf(request)) {
    const uri = protoField(protoField(part, 'fileData'), 'fileUri');
    if (typeof uri === 'string' && FOREIGN_URI.test(uri)) {
      throw invalidRequest(
        `${place}.fileData.fileUri`,
        'invalid_value',
        `The file in ${place} belongs to one Google project, and this gateway has several accounts. Send ` +
          'it as inlineData, or by a publicly readable https URL.',
      );
    }
  }
}

/** All parts, each with its position. */
function partsOf(request: unknown): readonly (readonly [place: string, part: unknown])[] {
  const contents = protoItems(request, 'contents').map(
    (content, index) => [`contents[${index}]`, content] as const,
  );
  const system = ['systemInstruction', protoField(request, 'systemInstruction')] as const;
  return [...contents, system].flatMap(([place, content]) =>
    protoItems(content, 'parts').map((part, index) => [`${place}.parts[${index}]`, part] as const),
  );
}
