import type { EntryReader } from '../config-file/entry-reader';
import { keySlip } from '../config/credential-slips';
import {
  ANONYMOUS,
  PROXY,
  type Consumer,
  type ConsumerLimitRules,
  type ConsumerRole,
} from '../context/consumer';
import { keyDigest, type ConfiguredConsumer } from '../context/consumer-registry';
import { exceedsImageSize, normaliseImageSize } from '../mapping/image-size';
import {
  ALL_IMAGE_SIZES,
  findGeminiModel,
  GEMINI_MODELS,
  smallestImageSize,
} from '../mapping/model-catalogue';

const KEY_NAMES = ['keySha256', 'key', 'keyFile'] as const;
const NAMES: readonly string[] = [
  'name',
  ...KEY_NAMES,
  'keys',
  'role',
  'models',
  'maxImageSize',
  'accounts',
  'limits',
  'budget',
  'expires',
  'enabled',
];
const LIMITS = ['imagesPerMinute', 'imagesPerDay', 'concurrentImages'] as const;
const ROLES: readonly ConsumerRole[] = ['member', 'monitor', 'operator'];
const RESERVED: readonly string[] = [PROXY.name, ANONYMOUS.name];
const MIN_KEY_LENGTH = 16;
const MAX_IMAGES = 1_000_000;
const DAY_MS = 24 * 3_600_000;

/**
 * Reads one entry of a consumers file. Faults are reported to the reader and replaced by harmless
 * values, so that all of them are found at once. No fault quotes a key.
 */
export function readConsumer(entry: EntryReader): ConfiguredConsumer {
  entry.requireKnown(NAMES);
  const models = readModels(entry);
  const maxImageSize = readMaxImageSize(entry, models);
  const accounts = entry.texts('accounts', 'accounts, by their emails');
  const limits = readLimits(entry);
  const budget = readBudget(entry);
  const expiresAt = readExpiry(entry);
  const consumer: Consumer = {
    name: readName(entry),
    role: readRole(entry),
    enabled: entry.enabled(),
    ...(models === undefined ? {} : { models }),
    ...(maxImageSize === undefined ? {} : { maxImageSize }),
    ...(accounts === undefined ? {} : { accounts }),
    ...(limits === undefined ? {} : { limits }),
    ...(budget === undefined ? {} : { budget }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  return { consumer, keys: readKeys(entry) };
}

/** Names appear in headers, labels and file names. */
export function isConsumerName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text);
}

/** Why a text cannot name a consumer; undefined if it can. */
export function nameFault(name: string): string | undefined {
  if (!isConsumerName(name)) {
    return 'name must start with a letter or digit, then have letters, digits or . _ - only, 64 characters at most';
  }
  return RESERVED.includes(name) ? `name ${name} is reserved for Easel's own` : undefined;
}

function readName(entry: EntryReader): string {
  const name = entry.text('name');
  if (name === undefined) {
    entry.report('name is missing');
    return '';
  }
  const fault = nameFault(name);
  if (fault !== undefined) {
    entry.report(fault);
    return '';
  }
  return name;
}

function readRole(entry: EntryReader): ConsumerRole {
  const text = entry.text('role') ?? 'member';
  const role = ROLES.find((one) => one === text);
  if (role === undefined) {
    entry.report(`role must be one of ${ROLES.join(', ')}`);
  }
  return role ?? 'member';
}

/** The digests of its keys, with an empty text in place of each faulty one. */
function readKeys(entry: EntryReader): readonly string[] {
  const list = entry.value('keys');
  const [name, second] = [...KEY_NAMES, 'keys'].filter((one) => entry.value(one) !== undefined);
  if (name === undefined) {
    entry.report('its key is missing: keySha256, key, keyFile or keys');
    return [];
  }
  if (second !== undefined) {
    entry.report(`${name} and ${second} are both set: keep one (keys accepts several)`);
  }
  if (list === undefined) {
    return [readKey(entry)];
  }
  if (!Array.isArray(list) || list.length === 0) {
    entry.report('keys must be a list and not empty');
    return [];
  }
  return list.map((item: unknown, index) => {
    const path = `keys[${index}]`;
    if (typeof item === 'string') {
      return digestOf(item, path, entry);
    }
    const inside = entry.inside(item, path);
    inside.requireKnown(KEY_NAMES);
    if (KEY_NAMES.filter((one) => inside.value(one) !== undefined).length !== 1) {
      entry.report(`${path} must have one of ${KEY_NAMES.join(', ')}`);
    }
    return readKey(inside, `${path}.`);
  });
}

/** The digest of the key of an entry, or of an item of its `keys`. */
function readKey(entry: EntryReader, path = ''): string {
  const [digest, key] = [entry.value('keySha256'), entry.value('key')];
  if (digest !== undefined) {
    if (typeof digest === 'string' && /^[\da-f]{64}$/i.test(digest.trim())) {
      return digest.trim().toLowerCase();
    }
    entry.report(`${path}keySha256 must be the SHA-256 of the key, as a text of 64 hex digits`);
    return '';
  }
  if (key !== undefined) {
    return digestOf(key, `${path}key`, entry);
  }
  const content = entry.fileNamedBy('keyFile');
  return content === undefined ? '' : digestOf(content, `the key in ${path}keyFile`, entry);
}

/** @param what the key's name in a fault */
function digestOf(key: unknown, what: string, entry: EntryReader): string {
  if (typeof key !== 'string') {
    // YAML parses unquoted digits as a number, which may be rounded.
    entry.report(`${what} must be a text, in quotes`);
    return '';
  }
  const text = key.trim();
  const slip = keySlip(text);
  if (!/^[\x21-\x7e]*$/.test(text)) {
    entry.report(`${what} must not contain spaces or non-ASCII characters`);
  } else if (slip !== undefined) {
    entry.report(`${what} ${slip}`);
  } else if (text.length < MIN_KEY_LENGTH) {
    entry.report(`${what} must have at least ${MIN_KEY_LENGTH} characters`);
  } else {
    return keyDigest(text).toString('hex');
  }
  return '';
}

/** Their current ids, whatever they are called in the file. */
function readModels(entry: EntryReader): readonly string[] | undefined {
  const models = entry.texts('models', 'Gemini image models')?.map((name) => {
    const model = findGeminiModel(name.toLowerCase().replace(/^(models|google)\//, ''));
    if (model === undefined) {
      const known = GEMINI_MODELS.map(({ id }) => id).join(', ');
      entry.report(`models: "${name}" is not a known Gemini image model; expected ${known}`);
    }
    return model?.id;
  });
  return models && [...new Set(models.filter((id) => id !== undefined))];
}

function readMaxImageSize(
  entry: EntryReader,
  models: readonly string[] | undefined,
): string | undefined {
  const text = entry.text('maxImageSize');
  if (text === undefined) {
    return undefined;
  }
  const size = normaliseImageSize(text);
  if (!ALL_IMAGE_SIZES.includes(size)) {
    entry.report(`maxImageSize must be one of ${ALL_IMAGE_SIZES.join(', ')}`);
    return undefined;
  }
  const itsModels = GEMINI_MODELS.filter(({ id }) => models?.includes(id) !== false);
  if (
    itsModels.length > 0 &&
    itsModels.every((model) => exceedsImageSize(smallestImageSize(model), size))
  ) {
    entry.report(
      `maxImageSize ${size} excludes everything: none of its models makes images that small`,
    );
  }
  return size;
}

function readLimits(entry: EntryReader): ConsumerLimitRules | undefined {
  const limits = entry.mapping('limits');
  limits?.requireKnown(LIMITS);
  const rules = LIMITS.flatMap((name) => {
    const images = limits?.integer(name, 1, MAX_IMAGES);
    return images === undefined ? [] : [[name, images] as const];
  });
  return rules.length === 0 ? undefined : Object.fromEntries(rules);
}

function readBudget(entry: EntryReader): Consumer['budget'] {
  const budget = entry.mapping('budget');
  budget?.requireKnown(['usdPerMonth']);
  const usdPerMonth = budget?.value('usdPerMonth');
  if (usdPerMonth === undefined) {
    return undefined;
  }
  if (typeof usdPerMonth !== 'number' || !Number.isFinite(usdPerMonth) || usdPerMonth <= 0) {
    entry.report('budget.usdPerMonth must be a number above 0');
    return undefined;
  }
  return { usdPerMonth };
}

/** The end of the named day, in UTC. */
function readExpiry(entry: EntryReader): number | undefined {
  const day = entry.text('expires');
  if (day === undefined) {
    return undefined;
  }
  const start = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  // Some engines parse February 30 as March 2.
  if (Number.isNaN(start) || new Date(start).toISOString().slice(0, 10) !== day) {
    entry.report('expires must be a day, like 2027-03-31');
    return undefined;
  }
  return start + DAY_MS;
}
