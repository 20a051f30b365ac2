import { invalidRequest } from '../errors/gateway-error';
import type { GeminiBody } from './corrected-body';
import { protoField, protoInteger, protoItems } from './proto-message';

/** What of a body matters to Easel. */
export interface BodyFacts {
  /** How many candidates are asked for, each a call of its own. */
  readonly candidates: number;
  /** Only where it is one of Gemini's kind, `16:9`. */
  readonly aspectRatio?: string | undefined;
  /** Only where it is one of Gemini's kind, `2K`. */
  readonly imageSize?: string | undefined;
  /** Its price depends on it. */
  readonly serviceTier?: string | undefined;
  readonly includesThoughts: boolean;
  /** How many images, or other files, come with the request. */
  readonly inputs: number;
}

/**
 * Reads what matters in the body of a call, and refuses what only one of Google's projects could take.
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

/** What is uploaded to Google's Files API belongs to the project of its key; Vertex AI reads `gs://` as an account may. */
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
          'it as inlineData, or by an https URL that anybody can read.',
      );
    }
  }
}

/** All parts, each with its place. */
function partsOf(request: unknown): readonly (readonly [place: string, part: unknown])[] {
  const contents = protoItems(request, 'contents').map(
    (content, index) => [`contents[${index}]`, content] as const,
  );
  const system = ['systemInstruction', protoField(request, 'systemInstruction')] as const;
  return [...contents, system].flatMap(([place, content]) =>
    protoItems(content, 'parts').map((part, index) => [`${place}.parts[${index}]`, part] as const),
  );
}
