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

describe('docs/mapping.md tells the truth', () => {
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

  it('lists the models and the old names as the catalogue has them', () => {
    const [models, renamed] = [rows('Models').slice(0, GEMINI_MODELS.length), rows('Models')];
    expect(
      models.map(([id, ratios, tiers, inputs]) => [quoted(id)[0], ratios, quoted(tiers), inputs]),
    ).toEqual(
      GEMINI_MODELS.map(({ id, aspectRatios, imageSizes, maxInputImages }) => [
        id,
        String(aspectRatios.length),
        imageSizes,
        String(maxInputImages),
      ]),
    );
    expect(
      renamed.slice(GEMINI_MODELS.length).map((cells) => cells.flatMap((cell) => quoted(cell))),
    ).toEqual([...RENAMED_MODELS]);
    for (const prefix of ALIAS_PREFIXES) {
      expect(DOCS).toContain(`\`${prefix}\``);
    }
  });

  it('has the thinking levels of every model', () => {
    const documented = rows('`complexity` and `service_tier`').flatMap(([ids, ...levels]) =>
      quoted(ids).map((id) => [id, ...levels.map((level) => quoted(level)[0])]),
    );
    expect(documented.sort()).toEqual(
      GEMINI_MODELS.map(({ id, thinkingLevels: { low, medium, high } }) => [
        id,
        low,
        medium,
        high,
      ]).sort(),
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
