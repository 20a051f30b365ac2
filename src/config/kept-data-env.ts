import { IsNotEmpty, IsOptional, IsString, Matches } from 'class-validator';
import { Integer, OneOf } from './env-rules';

const YEAR_S = 366 * 86_400;

/** The variables of what outlasts a request: the ledger and hosted images. A part of the environment, in its form. */
export class KeptDataEnv {
  /** The folder for what Easel keeps: hosted images and the key of their URLs. */
  @IsNotEmpty({ message: 'must be a folder' })
  readonly DATA_DIR: string = './data';

  /** Where images are hosted for `response_format: "url"`: `disk`, or `s3://bucket/prefix`. Unset: nowhere. */
  @IsOptional()
  readonly IMAGE_STORE?: string;

  /** The most that the disk store holds, in GB; the oldest images go first. */
  @Matches(/^(?!0*\.?0*$)\d{1,6}(\.\d+)?$/, { message: 'must be a number above 0, like 10 or 0.5' })
  readonly IMAGE_STORE_MAX_GB: string = '10';

  /** How long the URL of a hosted image holds, in seconds. */
  @Integer(1, YEAR_S)
  readonly IMAGE_URL_TTL_SECONDS: number = 3600;

  /** When a hosted image is deleted, in seconds after it was made; 0: never, a lifecycle rule of the bucket does it. */
  @Integer(0, 100 * YEAR_S)
  readonly IMAGE_RETENTION_SECONDS: number = 86_400;

  /** Signs the URLs of hosted images: 32 bytes or more. Of a list, the first signs and all verify. */
  @IsOptional()
  readonly URL_SIGNING_KEY?: string;

  /** The region of the bucket; the SDK's own variable. */
  @IsOptional()
  readonly AWS_REGION?: string;

  /** Where S3 is, for other providers than Amazon; the SDK's own variable. */
  @IsOptional()
  readonly AWS_ENDPOINT_URL_S3?: string;

  /** Wins over `AWS_REGION`. */
  @IsOptional()
  readonly S3_REGION?: string;

  /** Wins over `AWS_ENDPOINT_URL_S3`. */
  @IsOptional()
  readonly S3_ENDPOINT?: string;

  /** Whether the bucket stands in the path of a URL, not in its host; by default where there is an endpoint. */
  @IsOptional()
  @OneOf(['true', 'false'])
  readonly S3_FORCE_PATH_STYLE?: 'true' | 'false';

  /**
   * Where the ledger is kept: `postgres://user:password@host:5432/easel`, or `off`. Unset: a file of SQLite in
   * `DATA_DIR`.
   */
  @IsOptional()
  @IsString()
  readonly DATABASE_URL?: string;

  /** After how many days the rows of the ledger are deleted; their sums by day stay. */
  @Integer(1, 36_500)
  readonly LEDGER_RETENTION_DAYS: number = 400;
}
