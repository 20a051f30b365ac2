import { EMULATOR_MODELS } from './emulator-models';
import { checkRequest } from './request-check';
import type { CheckedRequest } from './request-check';

const PRO = 'gemini-3-pro-image';
const FLASH = 'gemini-3.1-flash-image';
const LITE = 'gemini-3.1-flash-lite-image';
const OLD = 'gemini-2.5-flash-image';

const TEXT = [{ parts: [{ text: 'A fox' }] }];
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

function check(body: unknown, model = PRO): CheckedRequest {
  return checkRequest({ model, apiVersion: 'v1beta', method: 'generateContent' }, body);
}

function withConfig(generationConfig: unknown): object {
  return { contents: TEXT, generationConfig };
}

function withImage(mimeType: string, data: string, count = 1): object {
  const images = Array.from({ length: count }, () => ({ inlineData: { mimeType, data } }));
  return { contents: [{ parts: [{ text: 'bluer' }, ...images] }] };
}

const UNKNOWN = 'Invalid JSON payload received. Unknown name';
const TYPE = 'type.googleapis.com/google.ai.generativelanguage.v1beta.';

describe('a request Google refuses', () => {
  it.each<[string, unknown, string]>([
    ['an unknown name at the top', { contents: TEXT, n: 2 }, `${UNKNOWN} "n": Cannot find field.`],
    [
      'a Vertex name in imageConfig',
      withConfig({ imageConfig: { outputMimeType: 'image/png' } }),
      `${UNKNOWN} "outputMimeType" at 'generation_config.image_config': Cannot find field.`,
    ],
    [
      'personGeneration',
      withConfig({ imageConfig: { personGeneration: 'ALLOW_ALL' } }),
      `${UNKNOWN} "personGeneration" at 'generation_config.image_config': Cannot find field.`,
    ],
    [
      'labels',
      { contents: TEXT, labels: { team: 'a' } },
      `${UNKNOWN} "labels": Cannot find field.`,
    ],
    [
      'a method in a safety setting',
      { contents: TEXT, safetySettings: [{ method: 'SEVERITY' }] },
      `${UNKNOWN} "method" at 'safety_settings[0]': Cannot find field.`,
    ],
    [
      'a name that every object has',
      { contents: TEXT, constructor: 1, __proto__x: 1 },
      `${UNKNOWN} "constructor": Cannot find field.\n${UNKNOWN} "__proto__x": Cannot find field.`,
    ],
    [
      'an unknown name in a part',
      { contents: [{ parts: [{ text: 'a', image_url: 'x' }] }] },
      `${UNKNOWN} "image_url" at 'contents[0].parts[0]': Cannot find field.`,
    ],
    [
      'a role inside the parts, written as one object',
      { contents: [{ parts: { text: 'a', role: 'user' } }] },
      `${UNKNOWN} "role" at 'contents[0].parts': Cannot find field.`,
    ],
    [
      'a list where one object is due',
      withConfig([]),
      `${UNKNOWN} "generationConfig": Proto field is not repeating, cannot start list.`,
    ],
    ['no object at all', [], `${UNKNOWN} "": Root element must be a message.`],
    [
      'a string for contents',
      { contents: 'A fox' },
      `Invalid value at 'contents' (${TYPE}Content), "A fox"`,
    ],
    [
      'a number for a string',
      withConfig({ imageConfig: { aspectRatio: 1.5 } }),
      "Invalid value at 'generation_config.image_config.aspect_ratio' (TYPE_STRING), 1.5",
    ],
    [
      'an object for a string',
      { contents: [{ parts: [{ text: { value: 'a' } }] }] },
      "Invalid value at 'contents[0].parts[0]' (text), Starting an object on a scalar field",
    ],
    [
      'a fraction for an integer',
      withConfig({ seed: 1.5 }),
      "Invalid value at 'generation_config.seed' (TYPE_INT32), 1.5",
    ],
    [
      'a seed over 32 bits',
      withConfig({ seed: 4294967296 }),
      "Invalid value at 'generation_config.seed' (TYPE_INT32), 4294967296",
    ],
    [
      'words for a number',
      withConfig({ temperature: 'hot' }),
      'Invalid value at \'generation_config.temperature\' (TYPE_FLOAT), "hot"',
    ],
    [
      'words for a flag',
      withConfig({ thinkingConfig: { includeThoughts: 'yes' } }),
      'Invalid value at \'generation_config.thinking_config.include_thoughts\' (TYPE_BOOL), "yes"',
    ],
    [
      'an unknown modality',
      withConfig({ responseModalities: ['PICTURE'] }),
      `Invalid value at 'generation_config.response_modalities[0]' (${TYPE}GenerationConfig.Modality), "PICTURE"`,
    ],
    [
      'a data URI for bytes',
      withImage('image/png', `data:image/png;base64,${PNG}`),
      'Base64 decoding failed for "data:image/png;base64,',
    ],
    [
      'text and image in one part',
      { contents: [{ parts: [{ text: 'a', inlineData: { mimeType: 'image/png', data: PNG } }] }] },
      "Invalid value at 'contents[0].parts[0]' (oneof), oneof field 'data' is already set. Cannot set 'inlineData'",
    ],
    ['no contents', {}, '* GenerateContentRequest.contents: contents is not specified\n'],
    [
      'no parts',
      { contents: [{ role: 'user' }] },
      '* GenerateContentRequest.contents[0].parts: contents.parts must not be empty.\n',
    ],
    [
      'an empty prompt',
      { contents: [{ parts: [{ text: '' }] }] },
      "* GenerateContentRequest.contents[0].parts[0].data: required oneof field 'data' must have one initialized field\n",
    ],
    [
      'an empty system instruction',
      { contents: TEXT, systemInstruction: { parts: [{}] } },
      "* GenerateContentRequest.system_instruction.parts[0].data: required oneof field 'data' must have one initialized field\n",
    ],
    [
      'a foreign role',
      { contents: [{ role: 'assistant', parts: [{ text: 'a' }] }] },
      'Please use a valid role: user, model.',
    ],
    [
      'two candidates',
      withConfig({ candidateCount: 2 }),
      'Multiple candidates is not enabled for this model',
    ],
    [
      'a lower-case size',
      withConfig({ imageConfig: { imageSize: '2k' } }),
      "image_size must be one of '1K', '2K', '4K'.",
    ],
    [
      'a size the model lacks',
      withConfig({ imageConfig: { imageSize: '512' } }),
      "image_size must be one of '1K', '2K', '4K'.",
    ],
    [
      'a ratio the model lacks',
      withConfig({ imageConfig: { aspectRatio: '1:8' } }),
      "aspect_ratio must be one of '1:1', '2:3',",
    ],
    [
      'a ratio written otherwise',
      withConfig({ imageConfig: { aspectRatio: '16x9' } }),
      "aspect_ratio must be one of '1:1', '2:3',",
    ],
    [
      'sound',
      withConfig({ responseModalities: ['AUDIO'] }),
      'The requested combination of response modalities (AUDIO) is not supported by the model.',
    ],
    [
      'JSON mode',
      withConfig({ responseMimeType: 'application/json' }),
      `JSON mode is not enabled for models/${PRO}`,
    ],
    [
      'a function tool',
      { contents: TEXT, tools: [{ functionDeclarations: [{ name: 'f' }] }] },
      'Tool use is not enabled',
    ],
    ['image/jpg', withImage('image/jpg', '/9j/4AAQ'), 'Unsupported MIME type: image/jpg'],
    ['a GIF', withImage('image/gif', 'R0lGODlh'), 'Unsupported MIME type: image/gif'],
    [
      'a PNG declared as JPEG',
      withImage('image/jpeg', PNG),
      'Unhandled generated data mime type: image/png',
    ],
    ['no image in the data', withImage('image/png', 'aGVsbG8='), 'Provided image is not valid.'],
    ['fifteen images', withImage('image/png', PNG, 15), 'takes at most 14'],
    [
      'a model image without its signature',
      {
        contents: [
          ...TEXT,
          { role: 'model', parts: [{ inlineData: { mimeType: 'image/png', data: PNG } }] },
        ],
      },
      'Image part is missing a thought_signature in content position 2, part position 1',
    ],
  ])('%s', (_, body, message) => {
    const checked = check(body);
    expect(checked.ok).toBe(false);
    if (!checked.ok) {
      expect(checked.error).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' });
      expect(checked.error.message).toContain(message);
    }
  });

  it('names all unknown names, a line and a violation each, without a field at the root', () => {
    const checked = check({
      contents: TEXT,
      n: 1,
      generation_config: { size: 2, image_config: {} },
    });
    expect(checked).toEqual({
      ok: false,
      error: {
        code: 400,
        status: 'INVALID_ARGUMENT',
        message: `${UNKNOWN} "n": Cannot find field.\n${UNKNOWN} "size" at 'generation_config': Cannot find field.`,
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.BadRequest',
            fieldViolations: [
              { description: `${UNKNOWN} "n": Cannot find field.` },
              {
                field: 'generation_config',
                description: `${UNKNOWN} "size" at 'generation_config': Cannot find field.`,
              },
            ],
          },
        ],
      },
    });
  });

  it.each<[string, string, unknown, number, string]>([
    [
      'a dead model',
      'gemini-3-pro-image-preview',
      { contents: TEXT },
      404,
      'is not found for API version v1beta',
    ],
    ['an unknown model', 'gpt-image-1', { contents: TEXT }, 404, 'Call ListModels'],
    [
      'imageSize on 2.5',
      OLD,
      withConfig({ imageConfig: { imageSize: '1K' } }),
      500,
      'An internal error has occurred.',
    ],
    [
      'thinking on 2.5',
      OLD,
      withConfig({ thinkingConfig: {} }),
      400,
      `Thinking is not enabled for models/${OLD}`,
    ],
    [
      'a level the model lacks',
      FLASH,
      withConfig({ thinkingConfig: { thinkingLevel: 'LOW' } }),
      400,
      'Thinking level is not supported for this model.',
    ],
    [
      '2K on lite',
      LITE,
      withConfig({ imageConfig: { imageSize: '2K' } }),
      400,
      "image_size must be one of '1K'.",
    ],
    [
      'search on lite',
      LITE,
      { contents: TEXT, tools: [{ googleSearch: {} }] },
      400,
      'Search Grounding is not supported.',
    ],
    [
      'a file',
      PRO,
      { contents: [{ parts: [{ fileData: { fileUri: 'files/x' } }] }] },
      403,
      'You do not have permission to access the File files/x',
    ],
    [
      'a prompt too long',
      OLD,
      { contents: [{ parts: [{ text: 'word '.repeat(40_000) }] }] },
      400,
      'The input token count (50000) exceeds the maximum number of tokens allowed (32768).',
    ],
  ])('%s', (_, model, body, code, message) => {
    const checked = check(body, model);
    expect(checked.ok ? undefined : checked.error.code).toBe(code);
    expect(checked.ok ? undefined : checked.error.message).toContain(message);
  });
});

describe('partial images', () => {
  it.each<[string, string | undefined, number]>([
    [PRO, undefined, 2],
    [PRO, 'MINIMAL', 2],
    ['gemini-nano-banana-2.1', undefined, 2],
    ['gemini-nano-banana-2.1', 'MINIMAL', 1],
    ['gemini-nano-banana-2.1', 'medium', 2],
    [FLASH, undefined, 1],
    [FLASH, 'THINKING_LEVEL_UNSPECIFIED', 1],
    [FLASH, 'HIGH', 2],
    [LITE, 'MINIMAL', 1],
  ])('%s at thinking level %s shows %i', (model, thinkingLevel, partialImages) => {
    const thinkingConfig = { includeThoughts: true, thinkingLevel: thinkingLevel ?? null };
    const checked = check(withConfig({ thinkingConfig }), model);
    expect(checked.ok ? checked.request : checked.error).toMatchObject({ partialImages });
  });

  it.each([
    [FLASH, 'LOW'],
    [FLASH, 'MEDIUM'],
    [LITE, 'MEDIUM'],
    ['gemini-nano-banana-2.1', 'LOW'],
  ])('%s does not know the thinking level %s', (model, thinkingLevel) => {
    const checked = check(withConfig({ thinkingConfig: { thinkingLevel } }), model);
    expect(checked.ok ? undefined : checked.error).toMatchObject({
      code: 400,
      message: 'Thinking level is not supported for this model.',
    });
  });
});

describe('a request Google takes', () => {
  it('four images on 2.5, for which Google only recommends three', () => {
    expect(check(withImage('image/png', PNG, 4), OLD).ok).toBe(true);
  });

  it.each<[string, unknown, object]>([
    [
      'the smallest',
      { contents: TEXT },
      { prompt: 'A fox', imageSize: '1K', wantsText: true, partialImages: 0 },
    ],
    [
      'one object where lists are due',
      { contents: { parts: { text: 'A fox' } } },
      { prompt: 'A fox' },
    ],
    [
      'snake_case, an enum in mixed case, a number in a string',
      withConfig({
        response_modalities: ['Image'],
        image_config: { aspect_ratio: '16:9', image_size: '4K' },
        seed: '7',
        candidate_count: 1,
      }),
      { wantsText: false, aspectRatio: '16:9', imageSize: '4K', seed: 7 },
    ],
    ['nulls', withConfig({ seed: null, imageConfig: null }), { seed: undefined }],
    [
      'empty strings, which are none in protobuf',
      withConfig({ imageConfig: { aspectRatio: '', imageSize: '' } }),
      { aspectRatio: undefined, imageSize: '1K' },
    ],
    [
      'thoughts',
      withConfig({ thinkingConfig: { includeThoughts: true, thinkingLevel: 'HIGH' } }),
      { partialImages: 2 },
    ],
    ['thinking without showing it', withConfig({ thinkingConfig: {} }), { partialImages: 0 }],
    [
      'search, safety settings, a system instruction, a tier',
      {
        contents: TEXT,
        tools: [{ googleSearch: { searchTypes: { imageSearch: {} } } }],
        safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'OFF' }],
        systemInstruction: { parts: [{ text: 'Be kind.' }] },
        serviceTier: 'flex',
      },
      { serviceTier: 'flex', prompt: 'A fox' },
    ],
    [
      'fourteen images',
      withImage('image/png', PNG, 14),
      { prompt: 'bluer', images: Array.from({ length: 14 }, () => ({ mimeType: 'image/png' })) },
    ],
    [
      'a conversation with a signed model image; what the user says last is the prompt',
      {
        contents: [
          ...TEXT,
          {
            role: 'model',
            parts: [
              { text: 'Here it is' },
              { inlineData: { mimeType: 'image/png', data: PNG }, thoughtSignature: 'AAAA' },
            ],
          },
          { role: 'user', parts: [{ text: 'with a hat' }] },
        ],
      },
      { prompt: 'with a hat' },
    ],
  ])('%s', (_, body, expected) => {
    const checked = check(body);
    expect(checked.ok ? checked.request : checked.error).toMatchObject(expected);
  });

  const combinations = EMULATOR_MODELS.flatMap(({ id, ratios, sizes }) =>
    ratios.flatMap((ratio) => [undefined, ...sizes].map((size) => [id, ratio, size] as const)),
  );

  it.each(combinations)('%s at %s, %s', (model, aspectRatio, imageSize) => {
    expect(
      check(withConfig({ imageConfig: { aspectRatio, imageSize: imageSize ?? null } }), model).ok,
    ).toBe(true);
  });
});
