import { keySlip } from '../../config/credential-slips';
import { parseGoogleCredentials, type GoogleCredentials } from '../../gemini/google-credentials';
import { isVertexLocation, isVertexProject } from '../../gemini/vertex';
import type { Account } from '../account';
import type { EntryReader } from '../../config-file/entry-reader';

const COMMON: readonly string[] = [
  'email',
  'provider',
  'project',
  'maxConcurrency',
  'priority',
  'models',
  'enabled',
  'baseUrl',
];

const OWN: Readonly<Record<'gemini' | 'vertex', readonly string[]>> = {
  gemini: ['apiKey', 'apiKeyFile'],
  vertex: ['location', 'credentialsFile'],
};

const DEFAULT_CONCURRENCY = 4;
const DEFAULT_LOCATION = 'global';

/**
 * Reads one entry of an accounts file. Faults are reported to the reader and replaced by harmless
 * values, so that all of them are found at once.
 */
export function readAccount(entry: EntryReader): Account {
  const provider = readProvider(entry);
  checkNames(entry, provider);
  const models = readModels(entry);
  const baseUrl = readBaseUrl(entry);
  const shared = {
    email: readEmail(entry),
    maxConcurrency: entry.integer('maxConcurrency', 1, 10_000) ?? DEFAULT_CONCURRENCY,
    priority: entry.integer('priority', -1_000_000, 1_000_000) ?? 1,
    ...(models === undefined ? {} : { models }),
    enabled: entry.enabled(),
    ...(baseUrl === undefined ? {} : { baseUrl }),
  };
  if (provider === 'vertex') {
    return { ...shared, provider, ...readVertex(entry) };
  }
  const project = entry.text('project');
  return {
    ...shared,
    provider: 'gemini',
    // A missing key is not a fault if the provider is missing as well.
    apiKey: provider === undefined ? '' : readApiKey(entry),
    ...(project === undefined ? {} : { project }),
  };
}

function readProvider(entry: EntryReader): 'gemini' | 'vertex' | undefined {
  const provider = entry.text('provider');
  switch (provider) {
    case 'gemini':
    case 'vertex':
      return provider;
    case undefined:
      entry.report('provider is missing: gemini or vertex');
      return undefined;
    default:
      entry.report(`provider "${provider}" is unknown; use gemini or vertex`);
      return undefined;
  }
}

function checkNames(entry: EntryReader, provider: 'gemini' | 'vertex' | undefined): void {
  const known = [...COMMON, ...OWN.gemini, ...OWN.vertex];
  const fitting = provider === undefined ? known : [...COMMON, ...OWN[provider]];
  for (const name of entry.names) {
    if (!known.includes(name)) {
      entry.report(`${name} is not a property of an account`);
    } else if (!fitting.includes(name)) {
      entry.report(`${name} is not a property of an account with provider ${provider ?? ''}`);
    }
  }
}

function readEmail(entry: EntryReader): string {
  const email = entry.text('email');
  if (email === undefined) {
    entry.report('email is missing');
    return '';
  }
  if (!isAccountEmail(email)) {
    entry.report('email must be 1 to 254 printable characters without spaces or commas');
    return '';
  }
  return email;
}

/** A header joins several emails with ", ", so an email must contain neither. */
export function isAccountEmail(text: string): boolean {
  return /^[^\s,\p{C}]{1,254}$/u.test(text);
}

function readApiKey(entry: EntryReader): string {
  const direct = entry.text('apiKey');
  const path = entry.text('apiKeyFile');
  if (direct !== undefined && path !== undefined) {
    entry.report('apiKey and apiKeyFile are both set: keep one');
  }
  const key = direct ?? (path === undefined ? undefined : entry.fileNamedBy('apiKeyFile'));
  if (key === undefined && path === undefined) {
    entry.report('apiKey or apiKeyFile is missing');
  }
  const slip = keySlip(key ?? '');
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) {
    entry.report('the API key contains characters that are not allowed in an API key');
  } else if (slip !== undefined) {
    entry.report(`the API key ${slip}`);
  }
  return key ?? '';
}

function readVertex(entry: EntryReader): {
  readonly project: string;
  readonly location: string;
  readonly credentials: GoogleCredentials;
} {
  const location = entry.text('location') ?? DEFAULT_LOCATION;
  if (!isVertexLocation(location)) {
    entry.report('location must be global, us, eu or a region such as us-central1');
  }
  const { credentials, projectId } = readCredentials(entry);
  const ownProject = entry.text('project');
  const project = ownProject ?? projectId ?? '';
  if (project === '') {
    entry.report('project is missing: it can be omitted only if a service account names it');
  } else if (!isVertexProject(project)) {
    const place = ownProject === undefined ? 'project_id in credentialsFile' : 'project';
    entry.report(`${place} must be the id of a Google Cloud project, or its number`);
  }
  return { project, location, credentials };
}

function readCredentials(entry: EntryReader): {
  readonly credentials: GoogleCredentials;
  readonly projectId?: string | undefined;
} {
  const path = entry.text('credentialsFile');
  const text = path === undefined ? undefined : entry.fileNamedBy('credentialsFile');
  if (path !== undefined && text !== undefined) {
    const reading = parseGoogleCredentials(text);
    if (reading.ok) {
      return reading;
    }
    for (const fault of reading.faults) {
      entry.report(`credentialsFile ${path} ${fault}`);
    }
  }
  return { credentials: { type: 'application_default' } };
}

/** Clients may use other names for the models too; the pool compares the catalogue's own ids. */
function readModels(entry: EntryReader): readonly string[] | undefined {
  return entry
    .texts('models', 'model names')
    ?.map((model) => model.toLowerCase().replace(/^(models|google)\//, ''));
}

function readBaseUrl(entry: EntryReader): string | undefined {
  const url = entry.text('baseUrl');
  if (url !== undefined && !isPlainHttpUrl(url)) {
    entry.report('baseUrl must be an http or https URL without query, fragment or password');
  } else if (url !== undefined && /\/v1(beta\d*)?\/*$/.test(url)) {
    // Otherwise every call would be a 404, which looks like a missing model.
    entry.report(`baseUrl must not end in ${url.replace(/^.*(\/v1\w*)\/*$/, '$1')}: Easel adds it`);
  }
  return url;
}

function isPlainHttpUrl(text: string): boolean {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    return false;
  }
  const { search, hash, username, password } = new URL(text);
  return `${search}${hash}${username}${password}` === '' && !/[?#]/.test(text);
}
