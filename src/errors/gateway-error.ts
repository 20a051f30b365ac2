/** OpenAI's error codes for a faulty request field. */
export type RequestFaultCode =
  | 'missing_required_parameter'
  | 'invalid_type'
  | 'invalid_value'
  | 'empty_string'
  | 'string_above_max_length'
  | 'integer_below_min_value'
  | 'integer_above_max_value'
  | 'decimal_below_min_value'
  | 'decimal_above_max_value'
  | 'duplicate_parameter'
  | 'unknown_parameter'
  | 'empty_array'
  | 'array_above_max_length'
  | 'unsupported_file_mimetype'
  | 'invalid_mask_image_format'
  | 'image_file_too_large'
  | 'invalid_image_url'
  | 'failed_to_download_image';

export type AuthChallenge = 'bearer' | 'bearer_or_basic';

/**
 * Everything that can go wrong, as a closed union. Each kind carries what its response needs;
 * `openai-error.ts` decides what that looks like (status, type, code, headers).
 *
 * `message` is for the client: always our own sentence, never a text from upstream.
 */
export type GatewayFault =
  | {
      readonly kind: 'invalid_request';
      readonly message: string;
      readonly param: string | null;
      readonly code: RequestFaultCode | null;
    }
  /** `challenge` is what the 401 offers: Bearer to programs, and Basic as well to browsers. */
  | { readonly kind: 'missing_api_key'; readonly challenge: AuthChallenge }
  | {
      readonly kind: 'wrong_api_key';
      readonly maskedKey: string;
      readonly challenge: AuthChallenge;
    }
  /** A known key that is disabled or expired; `why` continues after "The key of 'design'". */
  | {
      readonly kind: 'unusable_api_key';
      readonly consumer: string;
      readonly why: string;
      readonly challenge: AuthChallenge;
    }
  /** The consumer's role does not allow it. */
  | { readonly kind: 'insufficient_permissions'; readonly message: string }
  /** A web page of an origin that the operator has not listed. */
  | { readonly kind: 'forbidden_origin'; readonly origin: string }
  /** A `Host` that Easel is not known by, as sent after DNS rebinding. */
  | { readonly kind: 'forbidden_host'; readonly host: string }
  /** A Transfer-Encoding other than chunked. */
  | { readonly kind: 'unsupported_transfer_encoding' }
  | { readonly kind: 'unknown_route'; readonly method: string; readonly path: string }
  /** Google's API has it, but Easel does not. */
  | { readonly kind: 'not_implemented'; readonly what: string }
  | {
      readonly kind: 'method_not_allowed';
      readonly method: string;
      readonly path: string;
      readonly allow: readonly string[];
    }
  | { readonly kind: 'body_too_large'; readonly maxMegabytes: number }
  /** Too large for Google, or inflates to more than its compressed size allows. */
  | { readonly kind: 'request_too_large'; readonly message: string }
  /** Its body has stopped arriving, or arrives too slowly. */
  | { readonly kind: 'request_timeout' }
  | { readonly kind: 'unsupported_content_type'; readonly message: string }
  /** `nearest`: ids that may have been meant, nearest first. */
  | {
      readonly kind: 'model_not_found';
      readonly model: string;
      readonly nearest?: readonly string[];
    }
  | { readonly kind: 'account_not_found'; readonly email: string }
  /**
   * A request with the same Idempotency-Key is in progress, and has been for too long, or too many
   * wait for it.
   */
  | { readonly kind: 'idempotency_in_progress' }
  /** The Idempotency-Key was used for another request. */
  | { readonly kind: 'idempotency_key_reused' }
  /** Neither a stored response nor a request in progress. */
  | { readonly kind: 'request_not_found' }
  /** The URL of a hosted image was not made here, or was changed. */
  | { readonly kind: 'link_forged' }
  | { readonly kind: 'link_expired' }
  /** A hosted image that has expired, or was deleted to make room. */
  | { readonly kind: 'image_gone' }
  | { readonly kind: 'range_not_satisfiable'; readonly byteLength: number }
  | { readonly kind: 'image_store_unavailable' }
  | { readonly kind: 'console_not_built' }
  /** `name` is the field of the image, numbered as in all other messages: `image[1]`, `mask`. */
  | { readonly kind: 'unreadable_input_image'; readonly name: string }
  /**
   * Refused by Google's safety system; `modelFamily` decides which of OpenAI's two codes clients
   * expect. `reason` is Google's constant, never its message.
   */
  | {
      readonly kind: 'moderation_blocked';
      readonly modelFamily: 'dall-e' | 'other';
      readonly reason?: string;
    }
  /**
   * A rate limit of the consumer. `until`: when it allows requests again, in epoch milliseconds, if
   * known.
   */
  | {
      readonly kind: 'consumer_limit';
      readonly consumer: string;
      readonly limit: string;
      readonly max: number;
      readonly used: number;
      readonly requested: number;
      readonly retryAfterSeconds: number;
      readonly until?: number;
    }
  /**
   * A daily or monthly limit of the consumer, valid until then. Money is in millionths of a US
   * dollar.
   */
  | {
      readonly kind: 'consumer_quota';
      readonly consumer: string;
      readonly limit: 'imagesPerDay' | 'usdPerMonth';
      readonly max: number;
      readonly used: number;
      readonly requested: number;
      readonly until: number;
    }
  | { readonly kind: 'rate_limited'; readonly retryAfterSeconds: number }
  /** `until`: when the first account may have quota again, in epoch milliseconds, if known. */
  | { readonly kind: 'quota_exhausted'; readonly until?: number }
  /** `askOperator`: the client cannot fix it, and is not told the cause. */
  | {
      readonly kind: 'no_account_available';
      readonly message: string;
      readonly askOperator?: true;
    }
  | { readonly kind: 'overloaded'; readonly retryAfterSeconds: number }
  | { readonly kind: 'shutting_down' }
  | { readonly kind: 'no_image'; readonly message: string }
  | { readonly kind: 'upstream_error'; readonly message: string; readonly shouldRetry: boolean }
  | { readonly kind: 'upstream_timeout'; readonly message: string }
  /** There is no ledger, or it is unavailable. */
  | {
      readonly kind: 'ledger_unavailable';
      readonly message: string;
      readonly shouldRetry: boolean;
    }
  | { readonly kind: 'internal' };

export type GatewayErrorKind = GatewayFault['kind'];

/** A fault on its way to the client, with the account it occurred on, if one was tried. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';

  constructor(
    readonly fault: GatewayFault,
    readonly options: {
      readonly accountEmail?: string | undefined;
      /** A short text for the log, made of upstream's constants. */
      readonly reason?: string;
      /**
       * The id to quote instead of the request's own, if the fault is that of an earlier request.
       */
      readonly quotedId?: string;
      readonly cause?: unknown;
    } = {},
  ) {
    super('message' in fault ? fault.message : fault.kind, { cause: options.cause });
  }

  get accountEmail(): string | undefined {
    return this.options.accountEmail;
  }

  get reason(): string {
    return this.options.reason ?? this.fault.kind;
  }
}

/** Shorthand for the most common fault: an invalid field of the request. */
export function invalidRequest(
  param: string | null,
  code: RequestFaultCode | null,
  message: string,
): GatewayError {
  return new GatewayError({ kind: 'invalid_request', message, param, code });
}
