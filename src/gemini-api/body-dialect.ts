import type { GoogleApi } from '../accounts/account';
import type { GeminiBody } from './corrected-body';
import { protoItems } from './proto-message';

/** A path of fields from the body; of a repeated field, each item counts. */
type FieldPath = readonly string[];

/**
 * Fields that one API accepts and the other rejects as unknown (400), according to @google/genai
 * 2.32 and Google's discovery documents. If a field is missing here, Google may return a 400, as it
 * would without Easel.
 */
const VERTEX_ONLY: readonly FieldPath[] = [
  ['labels'],
  ['modelArmorConfig'],
  ['outputConfig'],
  ['generationConfig', 'audioTimestamp'],
  ['generationConfig', 'modelConfig'],
  ['generationConfig', 'responseFormat', 'image'],
  ['generationConfig', 'routingConfig'],
  ['generationConfig', 'imageConfig', 'imageOutputOptions'],
  ['generationConfig', 'imageConfig', 'personGeneration'],
  ['generationConfig', 'imageConfig', 'prominentPeople'],
  ['safetySettings', 'method'],
  ['tools', 'enterpriseWebSearch'],
  ['tools', 'exaAiSearch'],
  ['tools', 'parallelAiSearch'],
  ['tools', 'retrieval'],
  ['tools', 'googleSearch', 'blockingConfidence'],
  ['tools', 'googleSearch', 'excludeDomains'],
];

const DEVELOPER_ONLY: readonly FieldPath[] = [
  ['store'],
  // Only in countTokens.
  ['generateContentRequest'],
  ['generationConfig', 'enableEnhancedCivicAnswers'],
  ['tools', 'fileSearch'],
  ['tools', 'mcpServers'],
  ['toolConfig', 'includeServerSideToolInvocations'],
  ['contents', 'parts', 'partMetadata'],
  ['contents', 'parts', 'toolCall'],
  ['contents', 'parts', 'toolResponse'],
];

/** Only Vertex AI has safety categories for images. */
const VERTEX_CATEGORY = /^HARM_CATEGORY_(IMAGE_|JAILBREAK$)/;

/** The only API that accepts the body; undefined if both or neither do. */
export function apiFor(body: GeminiBody): GoogleApi | undefined {
  const forVertex = VERTEX_ONLY.some((path) => has(body, path)) || hasVertexCategory(body);
  const forDeveloper = DEVELOPER_ONLY.some((path) => has(body, path));
  if (forVertex === forDeveloper) {
    return undefined;
  }
  return forVertex ? 'vertex' : 'developer';
}

function has(body: GeminiBody, path: FieldPath): boolean {
  return valuesAt(body, path).length > 0;
}

function hasVertexCategory(body: GeminiBody): boolean {
  return valuesAt(body, ['safetySettings', 'category']).some(
    (category) => typeof category === 'string' && VERTEX_CATEGORY.test(category),
  );
}

function valuesAt(body: GeminiBody, path: FieldPath): readonly unknown[] {
  return path.reduce<readonly unknown[]>(
    (messages, name) => messages.flatMap((message) => protoItems(message, name)),
    [body],
  );
}
