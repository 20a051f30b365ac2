import { isMap, parseDocument } from 'yaml';

/** The factors by which a service tier multiplies a model's prices. */
export interface TierFactors {
  readonly input: number;
  readonly textOutput: number;
  readonly imageOutput: number;
}

/** The list price of one model, in USD. */
export interface ModelPrice {
  readonly inputPerMillion: number;
  readonly textOutputPerMillion: number;
  readonly imageOutputPerMillion: number;
  /** The price of one image by its `imageSize`. */
  readonly perImage: ReadonlyMap<string, number>;
}

/** List prices, with the day they are from. */
export interface PriceTable {
  readonly asOf: string;
  readonly source: string;
  readonly serviceTiers: ReadonlyMap<string, TierFactors>;
  readonly models: ReadonlyMap<string, ModelPrice>;
}

/** The token under which Nest injects the {@link PriceTable}. */
export const PRICE_TABLE = Symbol('PriceTable');

/** All faults of a price file, each with its position. */
export class PriceTableError extends Error {
  override readonly name = 'PriceTableError';

  constructor(readonly faults: readonly string[]) {
    super(`The prices have ${faults.length} fault(s):\n- ${faults.join('\n- ')}`);
  }
}

const MODEL_PRICES = ['inputPerMillion', 'textOutputPerMillion', 'imageOutputPerMillion'] as const;
const FACTORS = ['input', 'textOutput', 'imageOutput'] as const;
const MEMBERS = new Set(['asOf', 'source', 'serviceTiers', 'models']);

/**
 * Parses a price file, YAML or JSON.
 *
 * @throws PriceTableError listing every fault at once
 */
export function parsePriceTable(text: string): PriceTable {
  const faults: string[] = [];
  // Keys are kept as written: `512` is the name of a size, not a number.
  const document = parseDocument(text, { schema: 'core', stringKeys: true });
  if (document.errors.length > 0 || !isMap(document.contents)) {
    throw new PriceTableError(['the file must be a mapping in YAML or JSON']);
  }
  const root = document.toJS() as Record<string, unknown>;
  for (const name of Object.keys(root).filter((key) => !MEMBERS.has(key))) {
    faults.push(`${name} is not a property of a price file`);
  }
  const models = mapOf(root['models'], 'models', faults, modelPrice);
  const table = {
    asOf: textOf(root['asOf'], 'asOf', faults),
    source: textOf(root['source'], 'source', faults),
    serviceTiers: mapOf(root['serviceTiers'] ?? {}, 'serviceTiers', faults, tierFactors),
    models,
  };
  if (faults.length > 0) {
    throw new PriceTableError(faults);
  }
  return table;
}

/** The table with models and service tiers replaced by those of the same name in another one. */
export function withPrices(table: PriceTable, other: PriceTable): PriceTable {
  return {
    asOf: other.asOf,
    source: other.source,
    serviceTiers: new Map([...table.serviceTiers, ...other.serviceTiers]),
    models: new Map([...table.models, ...other.models]),
  };
}

function modelPrice(value: unknown, place: string, faults: string[]): ModelPrice {
  const members = membersOf(value, place, [...MODEL_PRICES, 'perImage'], faults);
  const price = (name: (typeof MODEL_PRICES)[number]): number =>
    amountOf(members[name], `${place}.${name}`, faults);
  return {
    inputPerMillion: price('inputPerMillion'),
    textOutputPerMillion: price('textOutputPerMillion'),
    imageOutputPerMillion: price('imageOutputPerMillion'),
    perImage: mapOf(members['perImage'], `${place}.perImage`, faults, amountOf),
  };
}

function tierFactors(value: unknown, place: string, faults: string[]): TierFactors {
  const members = membersOf(value, place, FACTORS, faults);
  const factor = (name: (typeof FACTORS)[number]): number =>
    amountOf(members[name], `${place}.${name}`, faults);
  return {
    input: factor('input'),
    textOutput: factor('textOutput'),
    imageOutput: factor('imageOutput'),
  };
}

function mapOf<T>(
  value: unknown,
  place: string,
  faults: string[],
  read: (value: unknown, place: string, faults: string[]) => T,
): ReadonlyMap<string, T> {
  if (!isMapping(value)) {
    faults.push(`${place} must be a mapping of names to values`);
    return new Map();
  }
  return new Map(
    Object.entries(value).map(([name, item]) => [name, read(item, `${place}.${name}`, faults)]),
  );
}

function membersOf(
  value: unknown,
  place: string,
  names: readonly string[],
  faults: string[],
): Readonly<Record<string, unknown>> {
  if (!isMapping(value)) {
    faults.push(`${place} must be a mapping with ${names.join(', ')}`);
    return {};
  }
  for (const name of Object.keys(value).filter((key) => !names.includes(key))) {
    faults.push(`${place}.${name} is unknown; expected ${names.join(', ')}`);
  }
  return value;
}

/** An amount or a factor. More than six decimals would be lost in the arithmetic. */
function amountOf(value: unknown, place: string, faults: string[]): number {
  const isAmount =
    typeof value === 'number' && value >= 0 && value < 1e6 && isWhole(value * 1_000_000);
  if (!isAmount) {
    faults.push(`${place} must be a number from 0 to 1000000 with at most six decimals`);
    return 0;
  }
  return value;
}

function isWhole(scaled: number): boolean {
  return Math.abs(scaled - Math.round(scaled)) < 1e-3;
}

function textOf(value: unknown, place: string, faults: string[]): string {
  if (typeof value !== 'string' || value === '') {
    faults.push(`${place} must be a text and not empty`);
    return '';
  }
  return value;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
