import { IsNotEmpty, IsOptional, IsString, Matches } from 'class-validator';
import { Integer, OneOf } from './env-rules';

const YEAR_S = 366 * 86_400;

/**
 * The variables for data that outlives a request: the ledger and hosted images. Part of the
 * environment, in the same form.
 */
export class KeptDataEnv {
  /** The folder for persistent data: hosted images and the key of their URLs. */
  @IsNotEmpty({ message: 'must be a folder' })
  readonly DATA_DIR: string = './data';

  /**
   * Where images are hosted for `response_format: "url"`: `disk`, or `s3://bucket/prefix`. Unset:
   * images are not hosted.
   */
  @IsOptional()
  readonly IMAGE_STORE?: string;

  /** The maximum size of the disk store, in GB; the oldest images are deleted first. */
  @Matches(/^(?!0*\.?0*$)\d{1,6}(\.\d+)?$/, { message: 'must be a number above 0, like 10 or 0.5' })
  readonly IMAGE_STORE_MAX_GB: string = '10';

  /** How long the URL of a hosted image is valid, in seconds. */
  @Integer(1, YEAR_S)
  readonly IMAGE_URL_TTL_SECONDS: number = 3600;

  /**
   * The age at which a hosted image is deleted, in seconds; 0: never, a lifecycle rule of the
   * bucket does it.
   */
  @Integer(0, 100 * YEAR_S)
  readonly IMAGE_RETENTION_SECONDS: number = 86_400;

  /**
   * Signs the URLs of hosted images: 32 bytes or more. In a list, the first key signs and all
   * verify.
   */
  @IsOptional()
  readonly URL_SIGNING_KEY?: string;

  /** The region of the bucket; the SDK's own variable. */
  @IsOptional()
  readonly AWS_REGION?: string;

  /** The S3 endpoint of providers other than Amazon; the SDK's own variable. */
  @IsOptional()
  readonly AWS_ENDPOINT_URL_S3?: string;

  /** Takes precedence over `AWS_REGION`. */
  @IsOptional()
  readonly S3_REGION?: string;

  /** Takes precedence over `AWS_ENDPOINT_URL_S3`. */
  @IsOptional()
  readonly S3_ENDPOINT?: string;

  /**
   * Whether the bucket is in the path of a URL instead of its host; the default if there is an
   * endpoint.
   */
  @IsOptional()
  @OneOf(['true', 'false'])
  readonly S3_FORCE_PATH_STYLE?: 'true' | 'false';

  /**
   * Where the ledger is stored: `postgres://user:password@host:5432/easel`, or `off`. Unset: an
   * SQLite file in `DATA_DIR`.
   */
  @IsOptional()
  @IsString()
  readonly DATABASE_URL?: string;

  /** After how many days the rows of the ledger are deleted; daily sums are kept. */
  @Integer(1, 36_500)
  readonly LEDGER_RETENTION_DAYS: number = 400;

  /** How long a response is kept for its `Idempotency-Key`, in seconds; 0: not at all. */
  @Integer(0, YEAR_S)
  readonly IDEMPOTENCY_TTL_SECONDS: number = 86_400;

  /** The maximum size of responses kept in memory, in MiB, if no image store keeps them. */
  @Integer(1, 1_048_576)
  readonly IDEMPOTENCY_CACHE_MB: number = 256;

  /**
   * How long the images of a client that has disconnected are kept for its retry, in seconds; 0:
   * they are not finished.
   */
  @Integer(0, 86_400)
  readonly ABANDONED_TTL_SECONDS: number = 600;

  /** The maximum number of such images; the oldest are deleted first. */
  @Integer(1, 10_000)
  readonly MAX_ABANDONED_IMAGES: number = 16;
}
