import { IsNotEmpty, IsOptional, IsString, Matches } from 'class-validator';
import { Integer, OneOf } from './env-rules';
import { KeptDataEnv } from './kept-data-env';

const HOUR_MS = 3_600_000;

/**
 * The environment, variable by variable: name, default and meaning. Each can also be given as
 * `NAME_FILE`, the path of a file with the value (Docker and Kubernetes secrets). An empty value
 * counts as unset, because compose files pass `NAME=` for anything not configured.
 */
export class Env extends KeptDataEnv {
  /** TCP port to listen on; 0 for any free one. */
  @Integer(0, 65535)
  readonly PORT: number = 8045;

  /** Address to listen on. */
  @IsNotEmpty({ message: 'must be an address or a host name' })
  readonly HOST: string = '127.0.0.1';

  /** Which requests need a key: none, all, or all but the health probes. */
  @IsOptional()
  @OneOf(['off', 'strict', 'all_except_health'])
  readonly PROXY_AUTH_MODE?: 'off' | 'strict' | 'all_except_health';

  /** The keys that clients may use, separated by commas. */
  @IsOptional()
  @IsString()
  readonly PROXY_API_KEY?: string;

  /** YAML or JSON file with the consumers: their keys and permissions. */
  @IsOptional()
  @IsString()
  readonly CONSUMERS_FILE?: string;

  /** YAML or JSON file with the accounts. */
  @IsOptional()
  @IsString()
  readonly ACCOUNTS_FILE?: string;

  /** Quick start: Gemini Developer API keys, separated by commas. */
  @IsOptional()
  @IsString()
  readonly GEMINI_API_KEYS?: string;

  /** Whether the credential of each account is checked at start, with a call that costs nothing. */
  @OneOf(['on', 'off'])
  readonly ACCOUNT_CHECK: 'on' | 'off' = 'on';

  /** The model used when a request names none, or one of OpenAI's. */
  @IsString()
  readonly DEFAULT_MODEL: string = 'gemini-3-pro-image';

  /** The maximum `n` of a request. */
  @Integer(1, 100)
  readonly MAX_IMAGES_PER_REQUEST: number = 10;

  /** The maximum size of a request body, in MiB. */
  @Integer(1, 1024)
  readonly MAX_BODY_MB: number = 100;

  /** The time limit of one upstream call, in milliseconds. */
  @Integer(1, 24 * HOUR_MS)
  readonly UPSTREAM_ATTEMPT_TIMEOUT_MS: number = 300_000;

  /**
   * The time limit for connecting to an upstream, TLS included, in milliseconds. Nothing has been
   * sent by then: the next account is tried.
   */
  @Integer(1, HOUR_MS)
  readonly UPSTREAM_CONNECT_TIMEOUT_MS: number = 10_000;

  /** The proxy for calls to https upstreams, `http://[user:password@]host:port`; in lower case as well. */
  @IsOptional()
  @IsString()
  readonly HTTPS_PROXY?: string;

  /** The proxy for calls to http upstreams. */
  @IsOptional()
  @IsString()
  readonly HTTP_PROXY?: string;

  /** Hosts that are reached without a proxy, separated by commas or blanks. */
  @IsOptional()
  @IsString()
  readonly NO_PROXY?: string;

  /** The time limit of a whole request, including waits and retries, in milliseconds. */
  @Integer(1, 24 * HOUR_MS)
  readonly REQUEST_DEADLINE_MS: number = 600_000;

  /** The maximum number of upstream calls for one image. */
  @Integer(1, 20)
  readonly MAX_ATTEMPTS_PER_IMAGE: number = 4;

  /** The maximum number of images being made at the same time, across all requests. */
  @Integer(1, 100_000)
  readonly MAX_INFLIGHT_IMAGES: number = 64;

  /**
   * The maximum number of images waiting for an account, across all requests; beyond that the
   * response is 503.
   */
  @Integer(0, 1_000_000)
  readonly MAX_WAITING_IMAGES: number = 256;

  /**
   * The maximum size of images held at the same time, in MiB: images in requests, images being
   * made, and those that slow clients have yet to receive. What does not fit waits.
   */
  @Integer(1, 1_000_000)
  readonly MAX_INFLIGHT_MB: number = 1024;

  /**
   * For tests: overwrites the memory of images as soon as it is returned, so that late reads fail.
   * Costs CPU for every image.
   */
  @OneOf(['on', 'off'])
  readonly SLAB_POISON: 'on' | 'off' = 'off';

  /**
   * For tests: after how long a silent stream gets a keep-alive. Proxies close connections that are
   * silent for a minute.
   */
  @Integer(100, 15_000)
  readonly STREAM_KEEP_ALIVE_MS: number = 14_000;

  /**
   * For tests: how long a lease lasts unless renewed. A little less than the 30 s within which the
   * slots of a killed replica are guaranteed to be free.
   */
  @Integer(1000, 29_500)
  readonly REDIS_LEASE_MS: number = 29_500;

  /** How to choose among accounts of the same priority. */
  @OneOf(['balanced', 'fill-first', 'sticky'])
  readonly SCHEDULING: 'balanced' | 'fill-first' | 'sticky' = 'balanced';

  /**
   * Redis or Valkey, `redis://[user:password@]host:port[/db]` (`rediss://` for TLS), through which
   * replicas share the state of the accounts.
   */
  @IsOptional()
  @Matches(/^rediss?:\/\/[^\s/]+(\/\d*)?(\?\S*)?$/i, {
    message: 'must be like redis://host:6379/0 or rediss://user:password@host:6379',
  })
  readonly REDIS_URL?: string;

  /** More names for `quality`, e.g. `high=4K,low=1K`. */
  @IsOptional()
  @Matches(/^\s*[^=,\s]+\s*=\s*(512|[124]K)\s*(,\s*[^=,\s]+\s*=\s*(512|[124]K)\s*)*$/i, {
    message: 'must be a list like high=4K,low=1K',
  })
  readonly QUALITY_ALIASES?: string;

  /** The format of images if a request names none; `upstream` leaves the bytes unchanged. */
  @OneOf(['upstream', 'png', 'jpeg', 'webp'])
  readonly DEFAULT_OUTPUT_FORMAT: 'upstream' | 'png' | 'jpeg' | 'webp' = 'upstream';

  /** Whether the model list includes OpenAI's names, which stand for the default model. */
  @OneOf(['on', 'off'])
  readonly LIST_MODEL_ALIASES: 'on' | 'off' = 'on';
  /**
   * Where a chat response has its images: in `images`, in the text as markdown, or, with `auto`, in
   * both unless the program is known to read `images`.
   */
  @OneOf(['auto', 'images', 'markdown'])
  readonly CHAT_IMAGES: 'auto' | 'images' | 'markdown' = 'auto';

  /**
   * How to handle the titles, tags and search queries that chat programs ask the current model for:
   * respond locally, at no cost (`answer`), or forward them to Gemini like any other message.
   */
  @OneOf(['answer', 'forward'])
  readonly CHAT_TASKS: 'answer' | 'forward' = 'answer';

  /**
   * Whether images that a request gives by http(s) URL are fetched; never from private addresses.
   */
  @OneOf(['on', 'off'])
  readonly IMAGE_URL_FETCH: 'on' | 'off' = 'on';

  /** Additional time that the built-in emulator takes for an image, in milliseconds. */
  @Integer(0, HOUR_MS)
  readonly EMULATOR_LATENCY_MS: number = 0;

  /**
   * What the built-in emulator draws: a scene, one colour, or a scene as large in bytes as Google's
   * images.
   */
  @OneOf(['pictures', 'plain', 'detailed'])
  readonly EMULATOR_DRAWING: 'pictures' | 'plain' | 'detailed' = 'pictures';

  @OneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
  readonly LOG_LEVEL: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent' = 'info';

  /**
   * One JSON object per line, or human-readable lines; unset: human-readable on a terminal,
   * otherwise JSON.
   */
  @IsOptional()
  @OneOf(['json', 'pretty'])
  readonly LOG_FORMAT?: 'json' | 'pretty';

  /** The level in JSON lines: pino's number, 30 for info, or its name. */
  @OneOf(['number', 'label'])
  readonly LOG_LEVEL_FORMAT: 'number' | 'label' = 'number';

  /** What `X-Account-Email` shows: the account, a masked form of it, or nothing. */
  @OneOf(['email', 'masked', 'off'])
  readonly ACCOUNT_HEADER: 'email' | 'masked' | 'off' = 'email';

  /** YAML or JSON file with prices; its models replace Google's list prices. */
  @IsOptional()
  @IsString()
  readonly PRICES_FILE?: string;
  /** Whether responses report their cost, in `X-Cost-USD` and in the last event of a stream. */
  @OneOf(['on', 'off'])
  readonly COST_HEADER: 'on' | 'off' = 'on';
  /** Whether a metric has the account as label, as shown by `ACCOUNT_HEADER`. */
  @OneOf(['on', 'off'])
  readonly METRICS_ACCOUNT_LABELS: 'on' | 'off' = 'on';

  /** Browser origins that may call the API, separated by commas; `*` for any. */
  @IsNotEmpty({ message: 'must be * or a list of origins' })
  readonly CORS_ORIGINS: string = '*';

  /**
   * Without keys (`PROXY_AUTH_MODE=off`): the host names under which the gateway may be called,
   * separated by commas, in addition to addresses and local names; `*` for any.
   */
  @IsOptional()
  readonly ALLOWED_HOSTS?: string;

  /**
   * The URL under which clients reach the gateway, `https://images.example`; it may have a path.
   */
  @IsOptional()
  readonly PUBLIC_URL?: string;

  /**
   * Proxies whose `X-Forwarded-*` headers are trusted, separated by commas: addresses, CIDR ranges,
   * or `loopback`, `linklocal`, `uniquelocal`.
   */
  @IsOptional()
  readonly TRUSTED_PROXIES?: string;

  /** Whether the web console is available at `/console`. */
  @OneOf(['on', 'off'])
  readonly CONSOLE: 'on' | 'off' = 'on';

  /** How many consumers get a metric label of their own; all others share `other`. */
  @Integer(0, 10_000)
  readonly METRICS_CONSUMERS: number = 100;

  /**
   * The response format if a request names no `response_format`; `dall-e-2` and `dall-e-3` always
   * get a URL.
   */
  @OneOf(['b64_json', 'url'])
  readonly DEFAULT_RESPONSE_FORMAT: 'b64_json' | 'url' = 'b64_json';

  /** How long to stay reachable, but not ready, after SIGTERM, in milliseconds. */
  @Integer(0, HOUR_MS)
  readonly SHUTDOWN_DELAY_MS: number = 0;

  /**
   * Whether a process with accounts warms up the image path before it listens; `auto` where it pays
   * off.
   */
  @OneOf(['auto', 'on', 'off'])
  readonly WARM_UP: 'auto' | 'on' | 'off' = 'auto';
}
