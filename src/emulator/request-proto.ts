import type { Field, FieldType, Schema } from './proto-json';

const string: Field = { type: 'string' };
const int32: Field = { type: 'int32' };
const float: Field = { type: 'float' };
const bool: Field = { type: 'bool' };
const struct: Field = { type: 'struct' };

const HARM_CATEGORIES = [
  'HARM_CATEGORY_UNSPECIFIED',
  'HARM_CATEGORY_DEROGATORY',
  'HARM_CATEGORY_TOXICITY',
  'HARM_CATEGORY_VIOLENCE',
  'HARM_CATEGORY_SEXUAL',
  'HARM_CATEGORY_MEDICAL',
  'HARM_CATEGORY_DANGEROUS',
  'HARM_CATEGORY_HARASSMENT',
  'HARM_CATEGORY_HATE_SPEECH',
  'HARM_CATEGORY_SEXUALLY_EXPLICIT',
  'HARM_CATEGORY_DANGEROUS_CONTENT',
  'HARM_CATEGORY_CIVIC_INTEGRITY',
] as const;

const THRESHOLDS = [
  'HARM_BLOCK_THRESHOLD_UNSPECIFIED',
  'BLOCK_LOW_AND_ABOVE',
  'BLOCK_MEDIUM_AND_ABOVE',
  'BLOCK_ONLY_HIGH',
  'BLOCK_NONE',
  'OFF',
] as const;

/**
 * The messages of a generateContent or countTokens request on the Developer API, as far as image
 * models are concerned. Names that only Vertex AI has (`labels`, `personGeneration`,
 * `imageOutputOptions`, a safety setting's `method`) are missing because the Developer API rejects
 * them as unknown.
 */
export const REQUEST_SCHEMA: Schema = {
  GenerateContentRequest: {
    // The URL names the model; the body's member is still part of the proto.
    model: string,
    // Sent by @google/genai 3. Nothing is stored here in any case.
    store: bool,
    contents: list({ message: 'Content' }),
    systemInstruction: one({ message: 'Content' }),
    safetySettings: list({ message: 'SafetySetting' }),
    tools: list({ message: 'Tool' }),
    toolConfig: one({ message: 'ToolConfig' }),
    cachedContent: string,
    serviceTier: one({
      enum: 'ServiceTier',
      values: ['unspecified', 'standard', 'flex', 'priority'],
    }),
    generationConfig: one({ message: 'GenerationConfig' }),
  },
  CountTokensRequest: {
    model: string,
    contents: list({ message: 'Content' }),
    generateContentRequest: one({ message: 'GenerateContentRequest' }),
  },
  Content: { parts: list({ message: 'Part' }), role: string },
  Part: {
    text: { type: 'string', oneof: 'data' },
    inlineData: { type: { message: 'Blob' }, oneof: 'data' },
    fileData: { type: { message: 'FileData' }, oneof: 'data' },
    functionCall: { type: 'struct', oneof: 'data' },
    functionResponse: { type: 'struct', oneof: 'data' },
    executableCode: { type: 'struct', oneof: 'data' },
    codeExecutionResult: { type: 'struct', oneof: 'data' },
    thought: bool,
    thoughtSignature: { type: 'bytes' },
    videoMetadata: struct,
    mediaResolution: struct,
    partMetadata: struct,
  },
  Blob: { mimeType: string, data: { type: 'bytes' } },
  FileData: { mimeType: string, fileUri: string },
  SafetySetting: {
    category: one({ enum: 'HarmCategory', values: HARM_CATEGORIES }),
    threshold: one({ enum: 'SafetySetting.HarmBlockThreshold', values: THRESHOLDS }),
  },
  Tool: {
    googleSearch: one({ message: 'GoogleSearch' }),
    functionDeclarations: { type: 'struct', repeated: true },
    googleSearchRetrieval: struct,
    codeExecution: struct,
    urlContext: struct,
    googleMaps: struct,
    computerUse: struct,
    fileSearch: struct,
  },
  GoogleSearch: { timeRangeFilter: struct, searchTypes: one({ message: 'SearchTypes' }) },
  SearchTypes: { webSearch: struct, imageSearch: struct },
  ToolConfig: { functionCallingConfig: struct, retrievalConfig: struct },
  GenerationConfig: {
    candidateCount: int32,
    stopSequences: list('string'),
    maxOutputTokens: int32,
    temperature: float,
    topP: float,
    topK: int32,
    seed: int32,
    responseMimeType: string,
    responseSchema: struct,
    responseJsonSchema: struct,
    presencePenalty: float,
    frequencyPenalty: float,
    responseLogprobs: bool,
    logprobs: int32,
    enableEnhancedCivicResponses: bool,
    responseModalities: list({
      enum: 'GenerationConfig.Modality',
      values: ['MODALITY_UNSPECIFIED', 'TEXT', 'IMAGE', 'AUDIO', 'VIDEO'],
    }),
    speechConfig: struct,
    thinkingConfig: one({ message: 'ThinkingConfig' }),
    imageConfig: one({ message: 'ImageConfig' }),
    mediaResolution: struct,
  },
  ThinkingConfig: {
    includeThoughts: bool,
    thinkingBudget: int32,
    thinkingLevel: one({
      enum: 'ThinkingConfig.ThinkingLevel',
      values: ['THINKING_LEVEL_UNSPECIFIED', 'MINIMAL', 'LOW', 'MEDIUM', 'HIGH'],
    }),
  },
  ImageConfig: { aspectRatio: string, imageSize: string },
};

function one(type: FieldType): Field {
  return { type };
}

function list(type: FieldType): Field {
  return { type, repeated: true };
}
