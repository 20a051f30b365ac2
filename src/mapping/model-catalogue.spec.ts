import {
  ALL_ASPECT_RATIOS,
  ALL_IMAGE_SIZES,
  findGeminiModel,
  GEMINI_MODELS,
  listedModelIds,
  OPENAI_ALIASES,
  RENAMED_MODELS,
} from './model-catalogue';

describe('the catalogue', () => {
  it.each([
    ['gemini-3-pro-image', 10, ['1K', '2K', '4K'], 14, true],
    ['gemini-nano-banana-2.1', 14, ['1K', '2K', '4K'], 14, true],
    ['gemini-3.1-flash-image', 14, ['512', '1K', '2K', '4K'], 14, true],
    ['gemini-3.1-flash-lite-image', 10, ['1K'], 14, true],
    ['gemini-2.5-flash-image', 10, [], 14, false],
  ])('recognises %s', (id, ratios, imageSizes, maxInputImages, takesThinkingConfig) => {
    const model = findGeminiModel(id);
    expect(model).toMatchObject({ id, imageSizes, maxInputImages, takesThinkingConfig });
    expect(model?.aspectRatios).toHaveLength(ratios);
  });

  it.each(GEMINI_MODELS.map((model) => [model.id, model] as const))(
    'holds only well-formed entries: %s',
    (id, model) => {
      expect(id).toBe(id.toLowerCase());
      expect(model.aspectRatios).toContain('1:1');
      expect(new Set(model.aspectRatios).size).toBe(model.aspectRatios.length);
      expect(ALL_ASPECT_RATIOS).toEqual(expect.arrayContaining([...model.aspectRatios]));
      expect(ALL_IMAGE_SIZES).toEqual(expect.arrayContaining([...model.imageSizes]));
    },
  );

  it('lists Gemini models and concrete aliases, each once', () => {
    const listed = listedModelIds();
    expect(new Set(listed.map(({ id }) => id)).size).toBe(listed.length);
    expect(listed.filter(({ ownedBy }) => ownedBy === 'google').map(({ id }) => id)).toEqual(
      GEMINI_MODELS.map(({ id }) => id),
    );
    expect(listed.filter(({ ownedBy }) => ownedBy === 'easel-alias').map(({ id }) => id)).toEqual([
      'dall-e-2',
      'dall-e-3',
      'gpt-image-1',
      'gpt-image-1-mini',
      'gpt-image-1.5',
      'gpt-image-2',
      'gpt-image-2-2026-04-21',
      'gpt-image-2.5-sunburst',
      'gpt-image-2.5-sunburst-2026-09-08',
      'gpt-image-2.5-flare',
      'gpt-image-2.5-flare-2026-09-08',
      'gpt-image-2.6-sunburst',
      'gpt-image-2.6-flare',
      'chatgpt-image-latest',
    ]);
  });

  it('leads every renamed id to a model, and gives no id two meanings', () => {
    for (const [old, present] of RENAMED_MODELS) {
      expect(findGeminiModel(old)?.id).toBe(present);
      expect(GEMINI_MODELS.map(({ id }) => id)).not.toContain(old);
      expect(OPENAI_ALIASES.has(old)).toBe(false);
    }
  });

  it.each(['', '__proto__', 'constructor', 'imagen-3.0-generate-002'])('rejects %j', (id) => {
    expect(findGeminiModel(id)).toBeUndefined();
  });
});
