import { JsonBlob } from '../json/json-blob';

const IN_THE_PROMPT = 'say it in the prompt';
const RATIO_AND_SIZE = 'use aspect_ratio and image_size';
const COUNT = 'use n';
const NO_SUCH_CHOICE = 'Gemini has no such option';
const NO_TOOLS = 'no tools are used';
const COMPLEXITY = 'use complexity';

/**
 * Fields of other dialects that would change the image if they were supported, each with advice.
 * They are those of Gemini's own API, OpenRouter, SiliconFlow, Stability, Imagen and newer previews
 * of OpenAI's.
 */
const FOREIGN: ReadonlyMap<string, string> = new Map([
  ['negative_prompt', 'say in the prompt what not to draw'],
  ['negativePrompt', 'say in the prompt what not to draw'],
  ['system_prompt', IN_THE_PROMPT],
  ['systemInstruction', IN_THE_PROMPT],
  ['system_instruction', IN_THE_PROMPT],
  ['instructions', IN_THE_PROMPT],
  ['style_preset', IN_THE_PROMPT],
  ['style_type', IN_THE_PROMPT],
  ['colors', IN_THE_PROMPT],
  ['imageConfig', RATIO_AND_SIZE],
  ['image_config', RATIO_AND_SIZE],
  ['generationConfig', RATIO_AND_SIZE],
  ['generation_config', RATIO_AND_SIZE],
  ['ratio', 'use aspect_ratio'],
  ['resolution', 'use image_size'],
  ['sampleImageSize', 'use image_size'],
  ['num_images', COUNT],
  ['num_outputs', COUNT],
  ['numberOfImages', COUNT],
  ['samples', COUNT],
  ['sampleCount', COUNT],
  ['candidateCount', COUNT],
  ['candidate_count', COUNT],
  ['thinkingConfig', COMPLEXITY],
  ['thinking_config', COMPLEXITY],
  ['thinkingLevel', COMPLEXITY],
  ['thinking_level', COMPLEXITY],
  ['reasoning_effort', COMPLEXITY],
  ['tools', NO_TOOLS],
  ['web_search_options', NO_TOOLS],
  ['google_search', NO_TOOLS],
  ['loras', NO_SUCH_CHOICE],
  ['controlnet', NO_SUCH_CHOICE],
  ['guidance_scale', NO_SUCH_CHOICE],
  ['guidanceScale', NO_SUCH_CHOICE],
  ['cfg_scale', NO_SUCH_CHOICE],
  ['cfg', NO_SUCH_CHOICE],
  ['num_inference_steps', NO_SUCH_CHOICE],
  ['steps', NO_SUCH_CHOICE],
  ['sampler', NO_SUCH_CHOICE],
  ['scheduler', NO_SUCH_CHOICE],
  ['strength', NO_SUCH_CHOICE],
  ['prompt_strength', NO_SUCH_CHOICE],
  ['prompt_enhancement', NO_SUCH_CHOICE],
  ['prompt_extend', NO_SUCH_CHOICE],
  ['prompt_rewriter', NO_SUCH_CHOICE],
  ['enhance_prompt', NO_SUCH_CHOICE],
  ['enhancePrompt', NO_SUCH_CHOICE],
  ['personGeneration', NO_SUCH_CHOICE],
  ['person_generation', NO_SUCH_CHOICE],
  ['safetySettings', NO_SUCH_CHOICE],
  ['safety_settings', NO_SUCH_CHOICE],
  ['frame_count', 'Gemini makes still pictures'],
  ['frame_duration_ms', 'Gemini makes still pictures'],
  ['svg', 'Gemini makes no vector graphics'],
]);

/**
 * An empty object enables these with all their defaults: OpenAI's clients send `web_search_options:
 * {}`.
 */
const ON_BY_PRESENCE: ReadonlySet<string> = new Set(['web_search_options', 'google_search']);

/** Two numbers that together mean the same as `size`. */
const DIMENSIONS = ['width', 'height'] as const;

/**
 * The warnings about fields of a body that Easel does not support but that would change the image.
 * Fields that ask for nothing (null, false, an empty text, list or object) are skipped.
 *
 * @param more further fields, which are supported elsewhere but not on this route
 */
export function foreignFieldWarnings(
  fields: Readonly<Record<string, unknown>>,
  more: ReadonlyMap<string, string> = new Map(),
): readonly string[] {
  const named = Object.keys(fields).flatMap((name) => {
    const advice = more.get(name) ?? FOREIGN.get(name);
    return advice === undefined || asksForNothing(fields[name], ON_BY_PRESENCE.has(name))
      ? []
      : [`${name} is not supported here; ${advice}`];
  });
  const hasSize = ['size', 'aspect_ratio', 'aspectRatio'].some((name) => !isAbsent(fields[name]));
  const isSized = DIMENSIONS.some((name) => !asksForNothing(fields[name]));
  return isSized && !hasSize
    ? [...named, 'width and height are not supported here; use size, as WIDTHxHEIGHT']
    : named;
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function asksForNothing(value: unknown, isOnByPresence = false): boolean {
  if (value instanceof JsonBlob) {
    return false;
  }
  return (
    isAbsent(value) ||
    value === false ||
    (!isOnByPresence &&
      typeof value === 'object' &&
      value !== null &&
      Object.keys(value).length === 0)
  );
}
