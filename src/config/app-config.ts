import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { readAuth, type AuthSettings } from './auth-settings';
import { Env } from './env';
import { keyListFaults } from './gemini-keys';
import { readHosting, type HostingConfig } from './hosting-config';
import { readIdempotency, type IdempotencyConfig } from './idempotency-config';
import { listItems } from './list-items';
import { isOrigin, isRedisUrl } from './network-address';
import { parseProxy } from './proxy-url';
import { readTracingSettings, type TracingSettings } from './tracing-settings';
import { openTelemetryFiles, readVariables, slipsIn, type VariableSources } from './read-variables';
import { readLedgerSettings, type LedgerSettings, type SharedLedger } from './ledger-settings';
import { readServerAccess, type ServerAccess } from './server-access';

/** The configuration as the rest of the program reads it: parsed, complete and read-only. */
export interface AppConfig {
  readonly server: {
    readonly host: string;
    readonly port: number;
    readonly maxBodyMegabytes: number;
    /** `*`, or the list of origins that browsers may call from. */
    readonly corsOrigins: '*' | readonly string[];
    readonly access: ServerAccess;
    readonly shutdownDelayMs: number;
    /** Whether the image path is warmed up before Easel listens. */
    readonly warmUp: 'auto' | 'on' | 'off';
    /** How `X-Account-Email` shows an account. */
    readonly accountHeader: 'email' | 'masked' | 'off';
  };
  readonly auth: AuthSettings;
  readonly accounts: {
    readonly file: string | undefined;
    readonly geminiApiKeys: readonly string[];
    /** Whether credentials are checked before the first image is requested. */
    readonly areChecked: boolean;
    readonly scheduling: 'balanced' | 'fill-first' | 'sticky';
    readonly maxInflightImages: number;
    readonly maxWaitingImages: number;
    /** Where replicas share their state; undefined for a single replica. */
    readonly redisUrl: string | undefined;
    readonly redisLeaseMs: number;
  };
  readonly memory: {
    /** Bytes of images held at the same time, across all requests. */
    readonly maxInflightBytes: number;
    /** Whether slabs are overwritten as soon as they are returned. For tests. */
    readonly poisonsSlabs: boolean;
  };
  readonly images: {
    readonly defaultModel: string;
    readonly maxImagesPerRequest: number;
    readonly attemptTimeoutMs: number;
    readonly requestDeadlineMs: number;
    readonly maxAttemptsPerImage: number;
    readonly qualityAliases: ReadonlyMap<string, string>;
    readonly defaultOutputFormat: 'upstream' | 'png' | 'jpeg' | 'webp';
    /** Whether `GET /v1/models` includes OpenAI's names. */
    readonly listsModelAliases: boolean;
    /** Whether images given by http(s) URL are fetched. */
    readonly fetchUrls: boolean;
    readonly streamKeepAliveMs: number;
    readonly defaultResponseFormat: 'b64_json' | 'url';
  };
  readonly chat: {
    /** Where a response has its images; `auto` depends on the client program. */
    readonly images: 'auto' | 'images' | 'markdown';
    /**
     * Whether background tasks of chat programs get a local response instead of a call to Google.
     */
    readonly handlesTasksLocally: boolean;
  };
  readonly hosting: HostingConfig;
  readonly idempotency: IdempotencyConfig;
  /** The connections to Google. */
  readonly upstream: {
    readonly connectTimeoutMs: number;
    /** The proxies for https and http upstreams, and the hosts that are reached directly. */
    readonly proxies: {
      readonly https: URL | undefined;
      readonly http: URL | undefined;
      readonly except: readonly string[];
    };
  };
  readonly emulator: {
    readonly latencyMs: number;
    readonly drawing: 'pictures' | 'plain' | 'detailed';
  };
  readonly ledger: LedgerSettings;
  readonly costs: {
    /** Prices that replace Google's list prices; undefined for none. */
    readonly pricesFile: string | undefined;
    /** Whether responses report what they cost. */
    readonly areShown: boolean;
  };
  readonly console: { readonly isOn: boolean };
  readonly metrics: {
    /** How many consumers get a metric label of their own. */
    readonly maxConsumers: number;
    /** Whether a metric has the account as label. */
    readonly namesAccounts: boolean;
  };
  readonly tracing: TracingSettings;
  readonly log: {
    readonly level: string;
    readonly format: 'json' | 'pretty' | undefined;
    readonly levelFormat: 'number' | 'label';
  };
}

/** The token under which Nest injects the {@link AppConfig}. */
export const APP_CONFIG = Symbol('AppConfig');

/** All faults of the environment, one line each, by variable name; never the value of a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly faults: readonly string[]) {
    super(`The configuration has ${faults.length} fault(s):\n- ${faults.join('\n- ')}`);
  }
}

export interface ConfigSources extends VariableSources {
  /** Whether Easel has an image model of that name. */
  readonly isKnownModel: (id: string) => boolean;
  /** The faults of the consumers, so that all faults are listed together. */
  readonly consumerFaults: (auth: AuthSettings, ledger: SharedLedger) => readonly string[];
  /** The same for the accounts. */
  readonly accountFaults: (
    accounts: Pick<AppConfig['accounts'], 'file' | 'geminiApiKeys'>,
  ) => readonly string[];
  /** The faults of `PRICES_FILE`, for the same list; if omitted, the file is not read yet. */
  readonly priceFaults?: (path: string | undefined) => readonly string[];
}

/**
 * Reads the environment into an {@link AppConfig}.
 *
 * @throws ConfigError listing every fault at once
 */
export function loadConfig(sources: ConfigSources): AppConfig {
  const faults: string[] = [];
  const env = plainToInstance(Env, readVariables(sources, faults), { exposeDefaultValues: true });
  for (const { name, meant, isGrave } of slipsIn(sources.environment)) {
    if (isGrave) {
      faults.push(`${name} is not a variable of Easel: did you mean ${meant}?`);
    }
  }
  const faulty = new Set<string>();
  for (const error of validateSync(env)) {
    faulty.add(error.property);
    faults.push(`${error.property} ${Object.values(error.constraints ?? {})[0] ?? 'is not valid'}`);
  }

  const keys = listItems(env.PROXY_API_KEY);
  const geminiApiKeys = listItems(env.GEMINI_API_KEYS);
  const hasRealAccounts = env.ACCOUNTS_FILE !== undefined || geminiApiKeys.length > 0;
  const isModeFaulty = faulty.has('PROXY_AUTH_MODE');
  const auth = readAuth(env, keys, hasRealAccounts, isModeFaulty, faults);
  faults.push(...keyListFaults(env.GEMINI_API_KEYS, geminiApiKeys));
  if (!sources.isKnownModel(env.DEFAULT_MODEL)) {
    faults.push(`DEFAULT_MODEL "${env.DEFAULT_MODEL}" is not an image model that Easel knows`);
  }
  if (env.REDIS_URL !== undefined && !faulty.has('REDIS_URL') && !isRedisUrl(env.REDIS_URL)) {
    faults.push(
      'REDIS_URL is not a URL with a host: characters such as # % / @ in a password must be percent-encoded',
    );
  }
  const origins = listItems(env.CORS_ORIGINS);
  for (const origin of origins.filter((text) => !isOrigin(text))) {
    faults.push(`CORS_ORIGINS: "${origin}" is not an origin like https://app.example:8443`);
  }
  const qualityAliases = faulty.has('QUALITY_ALIASES')
    ? new Map<string, string>()
    : parseQualityAliases(env.QUALITY_ALIASES);
  for (const fixed of ['hd', 'medium']) {
    if (qualityAliases.has(fixed)) {
      faults.push(`QUALITY_ALIASES cannot change ${fixed}: its meaning is fixed`);
    }
  }
  const [httpsProxy, httpProxy] = (['HTTPS_PROXY', 'HTTP_PROXY'] as const).map((name) =>
    env[name] === undefined ? undefined : parseProxy(name, env[name], faults),
  );
  const access = readServerAccess(env, faults);
  const hosting = readHosting(env, faults);
  const ledger = readLedgerSettings(env, faults);
  const openTelemetry = openTelemetryFiles(sources, faults);
  const isShared = env.REDIS_URL !== undefined;
  faults.push(...sources.consumerFaults(auth, { database: ledger.database, isShared }));
  faults.push(...sources.accountFaults({ file: env.ACCOUNTS_FILE, geminiApiKeys }));
  faults.push(...(sources.priceFaults?.(env.PRICES_FILE) ?? []));
  if (faults.length > 0) {
    throw new ConfigError(faults);
  }

  return {
    server: {
      host: env.HOST,
      port: env.PORT,
      maxBodyMegabytes: env.MAX_BODY_MB,
      corsOrigins: origins.includes('*') ? '*' : origins,
      access,
      shutdownDelayMs: env.SHUTDOWN_DELAY_MS,
      warmUp: env.WARM_UP,
      accountHeader: env.ACCOUNT_HEADER,
    },
    auth,
    accounts: {
      file: env.ACCOUNTS_FILE,
      geminiApiKeys,
      areChecked: env.ACCOUNT_CHECK === 'on',
      scheduling: env.SCHEDULING,
      maxInflightImages: env.MAX_INFLIGHT_IMAGES,
      maxWaitingImages: env.MAX_WAITING_IMAGES,
      redisUrl: env.REDIS_URL,
      redisLeaseMs: env.REDIS_LEASE_MS,
    },
    memory: {
      maxInflightBytes: env.MAX_INFLIGHT_MB * 1024 * 1024,
      poisonsSlabs: env.SLAB_POISON === 'on',
    },
    images: {
      defaultModel: env.DEFAULT_MODEL,
      maxImagesPerRequest: env.MAX_IMAGES_PER_REQUEST,
      attemptTimeoutMs: env.UPSTREAM_ATTEMPT_TIMEOUT_MS,
      requestDeadlineMs: env.REQUEST_DEADLINE_MS,
      maxAttemptsPerImage: env.MAX_ATTEMPTS_PER_IMAGE,
      qualityAliases,
      defaultOutputFormat: env.DEFAULT_OUTPUT_FORMAT,
      listsModelAliases: env.LIST_MODEL_ALIASES === 'on',
      fetchUrls: env.IMAGE_URL_FETCH === 'on',
      streamKeepAliveMs: env.STREAM_KEEP_ALIVE_MS,
      defaultResponseFormat: env.DEFAULT_RESPONSE_FORMAT,
    },
    chat: { images: env.CHAT_IMAGES, handlesTasksLocally: env.CHAT_TASKS === 'answer' },
    hosting,
    idempotency: readIdempotency(env),
    upstream: {
      connectTimeoutMs: env.UPSTREAM_CONNECT_TIMEOUT_MS,
      proxies: {
        https: httpsProxy,
        http: httpProxy,
        except: (env.NO_PROXY ?? '').split(/[,\s]+/).filter((exception) => exception !== ''),
      },
    },
    console: { isOn: env.CONSOLE === 'on' },
    emulator: { latencyMs: env.EMULATOR_LATENCY_MS, drawing: env.EMULATOR_DRAWING },
    ledger,
    costs: { pricesFile: env.PRICES_FILE, areShown: env.COST_HEADER === 'on' },
    metrics: {
      maxConsumers: env.METRICS_CONSUMERS,
      namesAccounts: env.METRICS_ACCOUNT_LABELS === 'on' && env.ACCOUNT_HEADER !== 'off',
    },
    tracing: readTracingSettings(sources.environment, openTelemetry),
    log: { level: env.LOG_LEVEL, format: env.LOG_FORMAT, levelFormat: env.LOG_LEVEL_FORMAT },
  };
}

/**
 * `high=4K, low=1k` → high: 4K, low: 1K. Names in lower case, sizes in upper case as Gemini expects
 * them.
 */
function parseQualityAliases(list: string | undefined): ReadonlyMap<string, string> {
  return new Map(
    listItems(list).map((pair) => {
      const [name = '', tier = ''] = pair.split('=');
      return [name.trim().toLowerCase(), tier.trim().toUpperCase()] as const;
    }),
  );
}
