import { trueMimeType } from './inline-media';
import { isMessage, protoField, settingField, withField, withItems } from './proto-message';

/** A request's body, as an object. */
export type GeminiBody = Readonly<Record<string, unknown>>;

/**
 * Corrects what would fail at Google: a size in lower case, a media type that does not match the
 * inline data, and a content without a role, which Vertex AI rejects. Nothing else is changed.
 *
 * @returns undefined if nothing needs correction, so that the original bytes can be sent
 */
export function correctedBody(body: GeminiBody): GeminiBody | undefined {
  const corrected = correctedRequest(withField(body, 'generateContentRequest', correctedRequest));
  return corrected === body ? undefined : (corrected as GeminiBody);
}

/** Adds a size to a body that names none. */
export function sizedBody(body: GeminiBody, imageSize: string): GeminiBody {
  return settingField(body, 'generationConfig', (config) =>
    settingField(config, 'imageConfig', (image) =>
      settingField(image, 'imageSize', () => imageSize),
    ),
  ) as GeminiBody;
}

/** The body for each of several calls: image models do not accept a `candidateCount` above 1. */
export function singleCandidateBody(body: GeminiBody): GeminiBody {
  return withField(body, 'generationConfig', (config) =>
    Object.fromEntries(
      Object.entries(config as object).filter(
        ([name]) => !['candidateCount', 'candidate_count'].includes(name),
      ),
    ),
  ) as GeminiBody;
}

/** In countTokens, a whole request can be a member. */
function correctedRequest(request: unknown): unknown {
  const withContents = withField(request, 'contents', (contents) =>
    withItems(contents, (content) => withRole(withTrueLabels(content))),
  );
  // Google sets the role of a system instruction itself.
  const withSystem = withField(withContents, 'systemInstruction', withTrueLabels);
  return withField(withSystem, 'generationConfig', (config) =>
    withField(config, 'imageConfig', (image) => withField(image, 'imageSize', inCapitals)),
  );
}

/** Gemini accepts `2K`, but not `2k`. */
function inCapitals(imageSize: unknown): unknown {
  return typeof imageSize === 'string' && /^\d+k$/.test(imageSize)
    ? imageSize.toUpperCase()
    : imageSize;
}

function withRole(content: unknown): unknown {
  return isMessage(content) && (content['role'] ?? '') === ''
    ? { ...content, role: 'user' }
    : content;
}

function withTrueLabels(content: unknown): unknown {
  return withField(content, 'parts', (parts) =>
    withItems(parts, (part) => withField(part, 'inlineData', withTrueLabel)),
  );
}

function withTrueLabel(inlineData: unknown): unknown {
  const data = protoField(inlineData, 'data');
  return withField(inlineData, 'mimeType', (label) =>
    typeof label === 'string' ? (trueMimeType(label, data) ?? label) : label,
  );
}
