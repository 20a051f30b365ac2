import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { planImages } from './image-plan';
import type { ImageComplexity, ImageRequestFields } from './image-request';
import { ALIAS_PREFIXES, GEMINI_MODELS, RENAMED_MODELS } from './model-catalogue';
import { STYLE_PHRASES } from './prompt-style';
import { VARIATION_PROMPT } from './variation-prompt';

const DOCS = readFileSync(join(__dirname, '../../docs/mapping.md'), 'utf8');

const OPTIONS = {
  defaultModel: 'gemini-3-pro-image',
  qualityAliases: new Map<string, string>(),
  defaultOutputFormat: 'upstream',
  defaultResponseFormat: 'b64_json',
} as const;

/** The rows of all tables under a heading, without their head. */
function rows(heading: string): readonly (readonly string[])[] {
  const section = DOCS.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines
    .filter((line, index) => !/^\| -/.test(line) && !/^\| -/.test(lines[index + 1] ?? ''))
    .map((line) => line.slice(1, -1).split('|'))
    .map((cells) => cells.map((cell) => cell.trim()));
}

function quoted(cell: string | undefined): readonly string[] {
  return [...(cell ?? '').matchAll(/`([^`]*)`/g)].map((match) => match[1] ?? '');
}

function plan(fields: Omit<ImageRequestFields, 'prompt'>) {
  return planImages({ prompt: 'a cat', ...fields }, OPTIONS, '1:1');
}

describe('docs/mapping.md agrees with the code', () => {
  const sizes = rows('`size` gives the aspect ratio').flatMap(([cell, ratio]) =>
    quoted(cell).map((size) => [size, ratio] as const),
  );
  it.each(sizes)('size %s is %s', (size, ratio) => {
    expect(plan({ size }).aspectRatio).toBe(ratio);
  });

  const qualities = rows('`quality` gives the image size').flatMap(([cell, tier]) =>
    quoted(cell).map((quality) => [quality, quoted(tier)[0]] as const),
  );
  it.each(qualities)('quality %s is %s', (quality, tier) => {
    expect(plan({ quality }).imageSize).toBe(tier);
  });

  it('has rows to be checked', () => {
    expect(sizes).toHaveLength(24);
    expect(qualities).toHaveLength(6);
  });

  it('has in «Models» a row for each model of the catalogue', () => {
    const documented = rows('Models').filter((cells) => cells.length === 4);
    expect(documented.map((cells) => cells.join(' | '))).toEqual(
      GEMINI_MODELS.map(({ id, aspectRatios, imageSizes, maxInputImages }) =>
        [
          `\`${id}\``,
          aspectRatios.length,
          imageSizes.map((size) => `\`${size}\``).join(' ') || 'none: one fixed size',
          maxInputImages,
        ].join(' | '),
      ),
    );
  });

  it('has in «Models» the old names, and the beginnings of those of OpenAI', () => {
    const renamed = rows('Models').filter((cells) => cells.length === 2);
    expect(renamed.map((cells) => cells.flatMap((cell) => quoted(cell)))).toEqual([
      ...RENAMED_MODELS,
    ]);
    for (const prefix of ALIAS_PREFIXES) {
      expect(DOCS).toContain(`\`${prefix}\``);
    }
  });

  it('has in «`complexity` and `service_tier`» the thinking levels of each model', () => {
    const documented = rows('`complexity` and `service_tier`').flatMap(([ids, ...levels]) =>
      quoted(ids).map((id) => `\`${id}\` | ${levels.join(' | ')}`),
    );
    const shown = (level: string | undefined) => (level === undefined ? '–' : `\`${level}\``);
    expect(documented.sort()).toEqual(
      GEMINI_MODELS.map(
        ({ id, thinkingLevels: { low, medium, high } }) =>
          `\`${id}\` | ${[low, medium, high].map(shown).join(' | ')}`,
      ).sort(),
    );
  });

  it('quotes the prompt of variations', () => {
    const page = readFileSync(join(__dirname, '../../docs/variations.md'), 'utf8');
    expect(page.replace(/\s*\n>? ?/g, ' ')).toContain(VARIATION_PROMPT);
  });

  it('quotes the style phrases', () => {
    expect(rows('`style`')).toEqual(
      Object.entries(STYLE_PHRASES).map(([style, phrase]) => [`\`${style}\``, phrase]),
    );
  });

  it.each(rows('Warnings').map(([request, warning]) => [request ?? '', quoted(warning)[0]]))(
    '%s warns',
    (request, warning) => {
      const named = (field: string) => new RegExp(`\`${field}: "([^"]*)"\``).exec(request)?.[1];
      const fields = {
        model: named('model'),
        size: named('size'),
        quality: named('quality'),
        complexity: named('complexity') as ImageComplexity | undefined,
      };
      expect(plan(fields).warnings).toEqual([warning]);
    },
  );
});
