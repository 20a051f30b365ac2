import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GEMINI_MODELS } from '../mapping/model-catalogue';
import type { PriceTableError } from './price-table';
import { parsePriceTable, withPrices } from './price-table';

const TEXT = readFileSync(join(__dirname, 'prices.yaml'), 'utf8');

function faultsOf(text: string): readonly string[] {
  try {
    parsePriceTable(text);
  } catch (error) {
    return (error as PriceTableError).faults;
  }
  return [];
}

const MODEL = 'inputPerMillion: 1, textOutputPerMillion: 2, imageOutputPerMillion: 3';

describe('the price list', () => {
  it('in src/pricing/prices.yaml has every model of the catalogue, at each of its sizes', () => {
    const { models } = parsePriceTable(TEXT);
    const priced = [...models].flatMap(([id, { perImage }]) =>
      [...perImage.keys()].map((size) => `models.${id}.perImage.${size}`),
    );
    const wanted = GEMINI_MODELS.flatMap(({ id, imageSizes }) =>
      (imageSizes.length === 0 ? ['1K'] : imageSizes).map(
        (size) => `models.${id}.perImage.${size}`,
      ),
    );
    expect(priced.toSorted()).toEqual(wanted.toSorted());
  });
});

describe('parsePriceTable', () => {
  it.each<[string, string, readonly string[]]>([
    ['no mapping', 'a text', ['the file must be a mapping in YAML or JSON']],
    ['no YAML', '{', ['the file must be a mapping in YAML or JSON']],
    [
      'nothing in it',
      '{}',
      [
        'models must be a mapping of names to values',
        'asOf must be a text and not empty',
        'source must be a text and not empty',
      ],
    ],
    [
      'members that are not known',
      `{asOf: x, source: y, model: {}, models: {m: {${MODEL}, perImage: {}, perVideo: 1}}}`,
      [
        'model is not a property of a price file',
        'models.m.perVideo is unknown; expected inputPerMillion, textOutputPerMillion, ' +
          'imageOutputPerMillion, perImage',
      ],
    ],
    [
      'amounts',
      '{asOf: x, source: y, models: {m: {inputPerMillion: -1, textOutputPerMillion: "2", ' +
        'imageOutputPerMillion: 0.0000001, perImage: {1K: .inf}}}}',
      [
        'models.m.inputPerMillion must be a number from 0 to 1000000 with at most six decimals',
        'models.m.textOutputPerMillion must be a number from 0 to 1000000 with at most six decimals',
        'models.m.imageOutputPerMillion must be a number from 0 to 1000000 with at most six decimals',
        'models.m.perImage.1K must be a number from 0 to 1000000 with at most six decimals',
      ],
    ],
    [
      'a tier that is a number',
      `{asOf: x, source: y, serviceTiers: {flex: 0.5}, models: {m: {${MODEL}, perImage: {}}}}`,
      [
        'serviceTiers.flex must be a mapping with input, textOutput, imageOutput',
        ...['input', 'textOutput', 'imageOutput'].map(
          (name) =>
            `serviceTiers.flex.${name} must be a number from 0 to 1000000 with at most six decimals`,
        ),
      ],
    ],
  ])('%s', (_name, text, faults) => {
    expect(faultsOf(text)).toEqual(faults);
  });

  it('replaces whole models, and keeps the others', () => {
    const other = parsePriceTable(
      `{asOf: today, source: ours, models: {gemini-3-pro-image: {${MODEL}, perImage: {1K: 1}}}}`,
    );
    const table = withPrices(parsePriceTable(TEXT), other);
    expect(table.models.get('gemini-3-pro-image')).toEqual({
      inputPerMillion: 1,
      textOutputPerMillion: 2,
      imageOutputPerMillion: 3,
      perImage: new Map([['1K', 1]]),
    });
    expect(table.models.get('gemini-2.5-flash-image')?.imageOutputPerMillion).toBe(30);
    expect(table).toMatchObject({ asOf: 'today', source: 'ours' });
  });
});
