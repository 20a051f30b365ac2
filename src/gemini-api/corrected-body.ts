import { trueMimeType } from './inline-media';
import { isMessage, protoField, settingField, withField, withItems } from './proto-message';

/** A request's body, as an object. */
export type GeminiBody = Readonly<Record<string, unknown>>;

/**
 * The body with what would fail at Google put right: a size in small letters, a label that inline data
 * belies, a content without a role, which Vertex AI refuses. Nothing else is touched.
 *
 * @returns undefined where nothing has to be, so that the very bytes can go on
 */
export function correctedBody(body: GeminiBody): GeminiBody | undefined {
  const corrected = correctedRequest(withField(body, 'generateContentRequest', correctedRequest));
  return corrected === body ? undefined : (corrected as GeminiBody);
}

/** The body with a size, where it names none. */
export function sizedBody(body: GeminiBody, imageSize: string): GeminiBody {
  return settingField(body, 'generationConfig', (config) =>
    settingField(config, 'imageConfig', (image) =>
      settingField(image, 'imageSize', () => imageSize),
    ),
  ) as GeminiBody;
}

/** The body of each of several calls: image models take no `candidateCount` above 1. */
export function singleCandidateBody(body: GeminiBody): GeminiBody {
  return withField(body, 'generationConfig', (config) =>
    Object.fromEntries(
      Object.entries(config as object).filter(
        ([name]) => !['candidateCount', 'candidate_count'].includes(name),
      ),
    ),
  ) as GeminiBody;
}

/** Of countTokens, a whole request can be a member. */
function correctedRequest(request: unknown): unknown {
  const withContents = withField(request, 'contents', (contents) =>
    withItems(contents, (content) => withRole(withTrueLabels(content))),
  );
  // Google gives the role of a system instruction itself.
  const withSystem = withField(withContents, 'systemInstruction', withTrueLabels);
  return withField(withSystem, 'generationConfig', (config) =>
    withField(config, 'imageConfig', (image) => withField(image, 'imageSize', inCapitals)),
  );
}

/** Gemini knows `2K`, and not `2k`. */
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
