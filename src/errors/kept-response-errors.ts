type Kind = 'idempotency_in_progress' | 'idempotency_key_reused' | 'request_not_found';

/** In OpenAI's form, like those in `openai-error.ts`. */
interface KeptResponseError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: {
    readonly error: {
      readonly message: string;
      readonly type: string;
      readonly param: null;
      readonly code: string | null;
    };
  };
}

/** The errors concerning stored responses. */
export const KEPT_RESPONSE_ERRORS: Readonly<Record<Kind, KeptResponseError>> = {
  idempotency_in_progress: {
    status: 409,
    headers: { 'Retry-After': '2' },
    body: bodyOf(
      'A request with this Idempotency-Key is still in progress. Send the same request again in a moment: it gets the ' +
        'same response.',
      'idempotency_in_progress',
    ),
  },
  idempotency_key_reused: {
    status: 422,
    headers: {},
    body: bodyOf(
      'This Idempotency-Key was used for a request with another body. Use a new key for a new request, and the same ' +
        'body for a retry.',
      'idempotency_key_reused',
    ),
  },
  request_not_found: {
    status: 404,
    headers: {},
    body: bodyOf(
      'No response is kept for this request. It may have expired, or the request may have been sent with another API key.',
      null,
    ),
  },
};

function bodyOf(message: string, code: string | null): KeptResponseError['body'] {
  return { error: { message, type: 'invalid_request_error', param: null, code } };
}
