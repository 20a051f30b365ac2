import { member } from '../json/unknown-json';

const SNAKE_CASE = {
  promptFeedback: 'prompt_feedback',
  blockReason: 'block_reason',
  finishReason: 'finish_reason',
  inlineData: 'inline_data',
  mimeType: 'mime_type',
  modelVersion: 'model_version',
  usageMetadata: 'usage_metadata',
  promptTokenCount: 'prompt_token_count',
  totalTokenCount: 'total_token_count',
  thoughtsTokenCount: 'thoughts_token_count',
  promptTokensDetails: 'prompt_tokens_details',
  candidatesTokensDetails: 'candidates_tokens_details',
  toolUsePromptTokenCount: 'tool_use_prompt_token_count',
  tokenCount: 'token_count',
  serviceTier: 'service_tier',
  trafficType: 'traffic_type',
} as const;

/** A field of a Gemini message, in its JSON spelling. */
export type ProtoField = keyof typeof SNAKE_CASE | 'candidates';

/**
 * Reads a field of a Gemini message. Google writes camelCase; relays behind a `baseUrl` also write
 * the snake_case of the proto files, which Google's own JSON parsers accept as well.
 */
export function field(message: unknown, name: ProtoField): unknown {
  const value = member(message, name);
  return value !== undefined || name === 'candidates' ? value : member(message, SNAKE_CASE[name]);
}
