import type { Env } from './env';
import { listItems } from './list-items';

/** Where images are stored. */
type StoreConfig =
  | { readonly kind: 'disk' }
  | {
      readonly kind: 's3';
      readonly bucket: string;
      /** The prefix of every key, with a trailing slash. */
      readonly prefix: string;
      /** Undefined if the SDK has to find it. */
      readonly region: string | undefined;
      /** Undefined for Amazon's own endpoints. */
      readonly endpoint: URL | undefined;
      readonly forcePathStyle: boolean;
    };

/** The hosting of images and their URLs. */
export interface HostingConfig {
  /** Undefined if no images are stored. */
  readonly store: StoreConfig | undefined;
  /** The maximum size of the disk store. */
  readonly maxBytes: number;
  readonly urlTtlSeconds: number;
  /** 0 if images are never deleted because of their age. */
  readonly retentionSeconds: number;
  /** The first one signs; empty if one is to be generated. */
  readonly signingKeys: readonly string[];
  readonly dataFolder: string;
}

type Variables = Pick<
  Env,
  | 'DATA_DIR'
  | 'IMAGE_STORE'
  | 'IMAGE_STORE_MAX_GB'
  | 'IMAGE_URL_TTL_SECONDS'
  | 'IMAGE_RETENTION_SECONDS'
  | 'URL_SIGNING_KEY'
  | 'AWS_REGION'
  | 'AWS_ENDPOINT_URL_S3'
  | 'S3_REGION'
  | 'S3_ENDPOINT'
  | 'S3_FORCE_PATH_STYLE'
  | 'REDIS_URL'
>;

/** The gigabyte of disks rather than of memory: the smaller limit is the safer one. */
const GIGABYTE = 1e9;
const MIN_KEY_BYTES = 32;
const DEFAULT_PREFIX = 'easel/';
/** Compatible stores require some region, but ignore which. */
const ANY_REGION = 'us-east-1';

const BUCKET_URL = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/;

/** @param faults receives the faults, by variable name */
export function readHosting(env: Variables, faults: string[]): HostingConfig {
  const store = readStore(env, faults);
  const signingKeys = readSigningKeys(env.URL_SIGNING_KEY, faults);
  const isShared = store?.kind === 's3' || env.REDIS_URL !== undefined;
  if (store !== undefined && isShared && env.URL_SIGNING_KEY === undefined) {
    faults.push(
      'URL_SIGNING_KEY must be set if replicas share images (s3:// or REDIS_URL): each has to ' +
        'verify the URLs of the others. `openssl rand -base64 32` generates one',
    );
  }
  const { IMAGE_URL_TTL_SECONDS: urlTtlSeconds, IMAGE_RETENTION_SECONDS: retentionSeconds } = env;
  if (retentionSeconds > 0 && urlTtlSeconds > retentionSeconds) {
    faults.push(
      `IMAGE_URL_TTL_SECONDS (${urlTtlSeconds}) must not be above IMAGE_RETENTION_SECONDS ` +
        `(${retentionSeconds}): a URL would outlive its image`,
    );
  }
  return {
    store,
    maxBytes: Math.floor(Number(env.IMAGE_STORE_MAX_GB) * GIGABYTE),
    urlTtlSeconds,
    retentionSeconds,
    signingKeys,
    dataFolder: env.DATA_DIR,
  };
}

function readStore(env: Variables, faults: string[]): StoreConfig | undefined {
  const { IMAGE_STORE: text, S3_FORCE_PATH_STYLE } = env;
  if (text === undefined) {
    return undefined;
  }
  if (text === 'disk') {
    return { kind: 'disk' };
  }
  const [, bucket, path = ''] = BUCKET_URL.exec(text) ?? [];
  if (bucket === undefined) {
    faults.push('IMAGE_STORE must be disk or s3://bucket/prefix');
    return undefined;
  }
  const endpoint = readEndpoint(env, faults);
  const folders = path.split('/').filter((folder) => folder !== '');
  return {
    kind: 's3',
    bucket,
    prefix: folders.length === 0 ? DEFAULT_PREFIX : `${folders.join('/')}/`,
    region: env.S3_REGION ?? env.AWS_REGION ?? (endpoint === undefined ? undefined : ANY_REGION),
    endpoint,
    forcePathStyle:
      S3_FORCE_PATH_STYLE === undefined ? endpoint !== undefined : S3_FORCE_PATH_STYLE === 'true',
  };
}

function readEndpoint(
  { S3_ENDPOINT, AWS_ENDPOINT_URL_S3 }: Variables,
  faults: string[],
): URL | undefined {
  const name = S3_ENDPOINT === undefined ? 'AWS_ENDPOINT_URL_S3' : 'S3_ENDPOINT';
  const text = S3_ENDPOINT ?? AWS_ENDPOINT_URL_S3;
  if (text === undefined) {
    return undefined;
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    faults.push(`${name} must be a URL, like https://s3.example:9000`);
    return undefined;
  }
  return url;
}

function readSigningKeys(list: string | undefined, faults: string[]): readonly string[] {
  const keys = listItems(list);
  if (list !== undefined && (keys.length === 0 || keys.some(isShort))) {
    faults.push(
      `URL_SIGNING_KEY must have ${MIN_KEY_BYTES} bytes or more; in a list, each key must`,
    );
  }
  return keys;
}

function isShort(key: string): boolean {
  return Buffer.byteLength(key) < MIN_KEY_BYTES;
}
