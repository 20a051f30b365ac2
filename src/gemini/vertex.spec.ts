import type { GenerateContentRequest } from './gemini.types';
import {
  imageOutputOptionsFor,
  isVertexLocation,
  isVertexProject,
  vertexUrl,
  withImageOutput,
  withoutServiceTier,
  type ImageOutput,
} from './vertex';

const MODEL = 'gemini-3-pro-image';

describe('vertexUrl', () => {
  it.each([
    ['global', undefined, 'https://aiplatform.googleapis.com'],
    ['us', undefined, 'https://aiplatform.us.rep.googleapis.com'],
    ['eu', undefined, 'https://aiplatform.eu.rep.googleapis.com'],
    ['us-central1', undefined, 'https://us-central1-aiplatform.googleapis.com'],
    ['europe-west4', undefined, 'https://europe-west4-aiplatform.googleapis.com'],
    ['global', 'http://127.0.0.1:8046', 'http://127.0.0.1:8046'],
    ['eu', 'https://proxy.example/vertex/', 'https://proxy.example/vertex'],
  ])('in %s, with the base URL %s', (location, baseUrl, base) => {
    expect(vertexUrl({ project: 'acme', location, baseUrl }, MODEL, 'generateContent')).toBe(
      `${base}/v1/projects/acme/locations/${location}/publishers/google/models/${MODEL}:generateContent`,
    );
  });

  it('asks for a stream as events', () => {
    const url = vertexUrl(
      { project: 'acme', location: 'us' },
      MODEL,
      'streamGenerateContent?alt=sse',
    );
    expect(url).toMatch(/\/models\/gemini-3-pro-image:streamGenerateContent\?alt=sse$/);
  });

  it('lets no part change the path', () => {
    const access = { project: 'example.com:acme/..', location: 'global' };
    const url = vertexUrl(access, 'a/b?c', 'generateContent');
    expect(new URL(url).pathname).toBe(
      '/v1/projects/example.com%3Aacme%2F../locations/global/publishers/google/models/a%2Fb%3Fc:generateContent',
    );
  });
});

describe('withoutServiceTier', () => {
  const body: GenerateContentRequest = {
    contents: [],
    generationConfig: { responseModalities: ['IMAGE'] },
  };

  it.each([
    [undefined, {}],
    ['standard', {}],
    ['flex', { 'x-vertex-ai-llm-shared-request-type': 'flex' }],
    ['priority', { 'x-vertex-ai-llm-shared-request-type': 'priority' }],
  ] as const)('has %s in the headers alone', (serviceTier, headers) => {
    const tier = serviceTier === undefined ? {} : { serviceTier };
    expect(withoutServiceTier({ ...body, ...tier })).toEqual({ body, headers });
  });
});

describe('isVertexLocation', () => {
  it.each([
    ['global', true],
    ['eu', true],
    ['northamerica-northeast1', true],
    ['US', false],
    ['us central1', false],
    ['us-', false],
    ['-us', false],
    ['us.example.com', false],
    ['us/../x', false],
    ['us@example.com', false],
    ['1', false],
    ['', false],
    ['a'.repeat(41), false],
  ])('%s: %s', (location, expected) => {
    expect(isVertexLocation(location)).toBe(expected);
  });
});

describe('isVertexProject', () => {
  it.each([
    ['acme-images', true],
    ['123456', true],
    ['example.com:acme', true],
    ['Acme', false],
    ['acme images', false],
    ['acme/../other', false],
    [':acme', false],
    ['', false],
  ])('%s: %s', (project, expected) => {
    expect(isVertexProject(project)).toBe(expected);
  });
});

describe('withImageOutput', () => {
  const body: GenerateContentRequest = {
    contents: [{ role: 'user', parts: [{ text: 'a boat' }] }],
    generationConfig: {
      responseModalities: ['IMAGE'],
      imageConfig: { aspectRatio: '1:1', imageSize: '4K' },
      seed: 7,
    },
  };

  it.each<[ImageOutput | undefined, unknown]>([
    [undefined, undefined],
    [{ format: 'webp' }, undefined],
    [{ format: 'webp', quality: 50 }, undefined],
    [{ format: 'png' }, { mimeType: 'image/png' }],
    [{ format: 'png', quality: 50 }, { mimeType: 'image/png' }],
    [{ format: 'jpeg' }, { mimeType: 'image/jpeg', compressionQuality: 100 }],
    [
      { format: 'jpeg', quality: 0 },
      { mimeType: 'image/jpeg', compressionQuality: 0 },
    ],
    [
      { format: 'jpeg', quality: 80 },
      { mimeType: 'image/jpeg', compressionQuality: 80 },
    ],
  ])('%j → %j', (output, options) => {
    expect(output && imageOutputOptionsFor(output)).toEqual(options);
    expect(withImageOutput(body, output)).toEqual({
      contents: body.contents,
      generationConfig: {
        responseModalities: ['IMAGE'],
        seed: 7,
        imageConfig: {
          aspectRatio: '1:1',
          imageSize: '4K',
          ...(options === undefined ? {} : { imageOutputOptions: options }),
        },
      },
    });
  });

  it('adds an imageConfig if there is none, and does not change the original', () => {
    const bare: GenerateContentRequest = {
      ...body,
      generationConfig: { responseModalities: ['IMAGE'] },
    };
    expect(withImageOutput(bare, { format: 'png' }).generationConfig.imageConfig).toEqual({
      imageOutputOptions: { mimeType: 'image/png' },
    });
    expect(bare.generationConfig.imageConfig).toBeUndefined();
  });
});
