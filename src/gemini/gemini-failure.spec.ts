import {
  classifySocketCode,
  classifyStatus,
  type GeminiFailureKind,
  codeOf,
} from './gemini-failure';

const google = (status: string, message = '', details: unknown[] = []) => ({
  error: { code: 0, status, message, details },
});
const errorInfo = (reason: string, metadata = {}) => ({
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason,
  metadata,
});
const retryInfo = (retryDelay: string) => ({
  '@type': 'type.googleapis.com/google.rpc.RetryInfo',
  retryDelay,
});
const quotaFailure = (quotaId: string) => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaMetric: 'm', quotaId, quotaDimensions: { model: 'm' } }],
});

describe('classifyStatus', () => {
  it.each<[string, number, unknown, GeminiFailureKind, number?]>([
    ['a wrong field', 400, google('INVALID_ARGUMENT', 'Unknown name "x"'), 'invalid_request'],
    [
      'a bad key, by reason',
      400,
      google('INVALID_ARGUMENT', 'API key not valid.', [errorInfo('API_KEY_INVALID')]),
      'account_unusable',
    ],
    [
      'a bad key, by words alone',
      400,
      google('INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.'),
      'account_unusable',
    ],
    [
      'the words of a bad key, quoted from the request',
      400,
      google('INVALID_ARGUMENT', 'Invalid value at \'contents\' (Content), "API key not valid."'),
      'invalid_request',
    ],
    [
      'a file of the request that the account may not read',
      403,
      google(
        'PERMISSION_DENIED',
        'You do not have permission to access the File abc or it may not exist.',
      ),
      'invalid_request',
    ],
    [
      'a file with the name of a model',
      403,
      google(
        'PERMISSION_DENIED',
        'You do not have permission to access the File models/x or it may not exist.',
      ),
      'invalid_request',
    ],
    [
      'a cached content of the request',
      403,
      google('PERMISSION_DENIED', 'CachedContent not found (or permission denied)'),
      'invalid_request',
    ],
    [
      'a store of the request',
      404,
      google('NOT_FOUND', 'FileSearchStore fileSearchStores/x not found.'),
      'invalid_request',
    ],
    [
      'a data store of the request',
      403,
      google(
        'PERMISSION_DENIED',
        "Permission 'discoveryengine.servingConfigs.search' denied on resource '//x' (or it may not exist).",
      ),
      'invalid_request',
    ],
    [
      'a permission of the account',
      403,
      google(
        'PERMISSION_DENIED',
        "Permission 'aiplatform.endpoints.predict' denied on resource '//x/models/y' (or it may not exist).",
      ),
      'model_forbidden',
    ],
    [
      'a suspended key, whatever is said of files',
      403,
      google(
        'PERMISSION_DENIED',
        'You do not have permission to access the File abc or it may not exist.',
        [errorInfo('CONSUMER_SUSPENDED')],
      ),
      'account_unusable',
    ],
    ['an expired key', 400, google('INVALID_ARGUMENT', 'API key expired.'), 'account_unusable'],
    [
      'a location',
      400,
      google('FAILED_PRECONDITION', 'User location is not supported for the API use.'),
      'account_unusable',
    ],
    ['a 400 that is not Google’s', 400, undefined, 'transient'],
    ['a 401 that is not Google’s', 401, undefined, 'transient'],
    ['no credentials', 401, google('UNAUTHENTICATED'), 'account_unusable'],
    [
      'a disabled service',
      403,
      google('PERMISSION_DENIED', 'Generative Language API has not been used in project 1', [
        errorInfo('SERVICE_DISABLED'),
      ]),
      'account_unusable',
    ],
    [
      'a suspended consumer',
      403,
      google('PERMISSION_DENIED', 'Permission denied: Consumer has been suspended.', [
        errorInfo('CONSUMER_SUSPENDED'),
      ]),
      'account_unusable',
    ],
    [
      'billing, in words that speak of models',
      403,
      google('PERMISSION_DENIED', 'Enable billing to use models of this family.', [
        errorInfo('BILLING_DISABLED'),
      ]),
      'account_unusable',
    ],
    ['a 403 that is not Google’s', 403, undefined, 'transient'],
    [
      'a forbidden model',
      403,
      google('PERMISSION_DENIED', 'No access to model gemini-3-pro-image.'),
      'model_forbidden',
    ],
    [
      'a missing model',
      404,
      google('NOT_FOUND', 'models/x is not found for API version v1beta'),
      'model_missing',
    ],
    ['a 404 that is not Google’s', 404, undefined, 'transient'],
    [
      'a rate limit with RetryInfo',
      429,
      google('RESOURCE_EXHAUSTED', 'quota', [
        quotaFailure('GenerateRequestsPerMinutePerProjectPerModel'),
        retryInfo('47s'),
      ]),
      'rate_limit',
      47_000,
    ],
    [
      'a rate limit with RetryInfo first',
      429,
      google('RESOURCE_EXHAUSTED', 'quota', [
        retryInfo('1.5s'),
        quotaFailure('GenerateRequestsPerMinutePerProjectPerModel-FreeTier'),
      ]),
      'rate_limit',
      1500,
    ],
    [
      'a rate limit in words',
      429,
      google('RESOURCE_EXHAUSTED', 'You exceeded…\nPlease retry in 7.967587226s.'),
      'rate_limit',
      7968,
    ],
    [
      'a rate limit with quotaResetDelay',
      429,
      google('RESOURCE_EXHAUSTED', '', [
        errorInfo('RATE_LIMIT_EXCEEDED', { quotaResetDelay: '479.417207ms' }),
      ]),
      'rate_limit',
      480,
    ],
    [
      'a bare rate limit',
      429,
      google('RESOURCE_EXHAUSTED', 'Resource has been exhausted'),
      'rate_limit',
    ],
    ['a 429 that is not Google’s', 429, undefined, 'rate_limit'],
    [
      'a daily quota, whatever RetryInfo says',
      429,
      google('RESOURCE_EXHAUSTED', '', [
        quotaFailure('GenerateRequestsPerDayPerProjectPerModel-FreeTier'),
        retryInfo('40s'),
      ]),
      'quota',
    ],
    [
      'no quota at all',
      429,
      google('RESOURCE_EXHAUSTED', '* Quota exceeded for metric: x, limit: 0, model: y'),
      'quota',
    ],
    [
      'a daily quota that only the prose names',
      429,
      google(
        'RESOURCE_EXHAUSTED',
        'Quota exceeded for metric: generativelanguage.googleapis.com/generate_requests_per_model_per_day, limit: 250\nPlease retry in 40s.',
      ),
      'quota',
    ],
    [
      'a daily quota of Vertex AI’s prose',
      429,
      google(
        'RESOURCE_EXHAUSTED',
        'Quota exceeded for aiplatform.googleapis.com/online_prediction_requests_per_day_per_base_model with base model: m.',
      ),
      'quota',
    ],
    [
      'a daily quota by its limit’s name in prose',
      429,
      google(
        'RESOURCE_EXHAUSTED',
        "Quota exceeded for quota metric 'Requests' and limit 'GenerateRequestsPerDayPerProject' of service 'x'.",
      ),
      'quota',
    ],
    [
      'a rate that only the prose names',
      429,
      google(
        'RESOURCE_EXHAUSTED',
        'Quota exceeded for metric: x/generate_requests_per_model_per_minute, limit: 10',
      ),
      'rate_limit',
    ],
    [
      'a rate that is named, whatever the prose says of days',
      429,
      google('RESOURCE_EXHAUSTED', 'Ask for more requests_per_day.', [
        quotaFailure('GenerateRequestsPerMinutePerProject'),
        retryInfo('40s'),
      ]),
      'rate_limit',
      40_000,
    ],
    [
      'prose that speaks of a day in passing',
      429,
      google('RESOURCE_EXHAUSTED', 'Quotas per day are on the page of quotas.'),
      'rate_limit',
    ],
    [
      'no quota at all, told by its value',
      429,
      google('RESOURCE_EXHAUSTED', 'x', [
        { '@type': 'x', violations: [{ quotaId: 'GenerateRequestsPerMinute', quotaValue: '0' }] },
        retryInfo('40s'),
      ]),
      'quota',
    ],
    [
      'a limit that only begins with 0',
      429,
      google('RESOURCE_EXHAUSTED', '* Quota exceeded for metric: x, limit: 05'),
      'rate_limit',
    ],
    [
      'a wait of hours',
      429,
      google('RESOURCE_EXHAUSTED', '', [retryInfo('51820.638305887s')]),
      'quota',
      51_820_639,
    ],
    [
      'capacity told as 429',
      429,
      google('RESOURCE_EXHAUSTED', '', [errorInfo('MODEL_CAPACITY_EXHAUSTED')]),
      'overloaded',
    ],
    ['an internal error', 500, google('INTERNAL'), 'transient'],
    ['a bad gateway in HTML', 502, undefined, 'transient'],
    ['overloaded', 503, google('UNAVAILABLE', 'The model is overloaded.'), 'overloaded'],
    ['a deadline of Google’s', 504, google('DEADLINE_EXCEEDED'), 'upstream_deadline'],
    ['a cancelled call', 499, google('CANCELLED'), 'transient'],
    ['a redirect', 302, undefined, 'transient'],
    ['a body too large for Google', 413, google('INVALID_ARGUMENT'), 'request_too_large'],
    ['a body too large for a server on the way', 413, undefined, 'request_too_large'],
    ['a URL too long for a server on the way', 414, undefined, 'request_too_large'],
    ['headers too large for a server on the way', 431, undefined, 'request_too_large'],
    ['a server on the way that wants a length', 411, undefined, 'invalid_request'],
    ['an unknown body of 413', 413, { message: 'too large' }, 'request_too_large'],
    ['the list form of the streaming endpoint', 503, [google('UNAVAILABLE')], 'overloaded'],
    ['a body that is a list of nothing', 400, [], 'transient'],
    ['details that are no list', 429, { error: { details: 'x' } }, 'rate_limit'],
  ])('%s', (_name, status, body, kind, ...[retryAfterMs]) => {
    const failure = classifyStatus(status, body);
    expect(failure.kind).toBe(kind);
    expect(failure.retryAfterMs).toBe(retryAfterMs);
  });

  const violation = (quotaId: string, quotaDimensions = {}) => ({ quotaId, quotaDimensions });
  const violations = (...list: unknown[]) => ({ '@type': 'x', violations: list });
  const LINE = '* Quota exceeded for metric: x, limit: 0';

  it.each<[string, string, unknown[], true | undefined]>([
    ['a quota per model', '', [violations(violation('PerDayPerProjectPerModel-Free'))], true],
    ['a quota per base model', '', [violations(violation('PerMinutePerBaseModel'))], true],
    ['a model for a dimension', '', [violations(violation('PerDay', { model: 'm' }))], true],
    ['a base model for one', '', [violations(violation('PerDay', { base_model: 'm' }))], true],
    ['a rate per model', '', [violations(violation('PerMinutePerModel')), retryInfo('9s')], true],
    ['an empty dimension', '', [violations(violation('PerDay', { model: '' }))], undefined],
    ['a quota per project', '', [violations(violation('PerDayPerProject'))], undefined],
    [
      'two of which one is the project’s',
      '',
      [violations(violation('PerMinutePerModel'), violation('PerDayPerProject'))],
      undefined,
    ],
    [
      'details that the message gainsays',
      `${LINE}, model: m`,
      [violations(violation('PerDayPerProject'))],
      undefined,
    ],
    ['a message that names it', `${LINE}, model: gemini-3-pro-image\nPlease wait.`, [], true],
    ['a message that names it twice', `${LINE}, model: m\n${LINE}, model: m`, [], true],
    ['a message with another quota', `${LINE}, model: m\n${LINE}`, [], undefined],
    ['a message without any', LINE, [], undefined],
    [
      'a metric of each model',
      'Quota exceeded for metric: x/generate_requests_per_model_per_day, limit: 9',
      [],
      true,
    ],
    [
      'a metric of each base model',
      'Quota exceeded for x.com/online_prediction_requests_per_base_model with base model: m.',
      [],
      true,
    ],
    [
      'a metric of each model beside one of the project',
      'Quota exceeded for metric: x/requests_per_model_per_day, limit: 9\n' +
        'Quota exceeded for metric: x/requests_per_day, limit: 9',
      [],
      undefined,
    ],
    ['a metric of the project', 'Quota exceeded for metric: x/requests_per_day', [], undefined],
    ['a wait of hours for a model', 'x, model: m', [retryInfo('7200s')], true],
    ['no word', 'Resource has been exhausted', [], undefined],
  ])('whether a 429 is of a model: %s', (_name, message, details, expected) => {
    const failure = classifyStatus(429, google('RESOURCE_EXHAUSTED', message, details));
    expect(['quota', 'rate_limit']).toContain(failure.kind);
    expect(failure.isOfModel).toBe(expected);
  });

  it.each<[string, GeminiFailureKind, string]>([
    [
      'Your prepayment credits are depleted. Please go to AI Studio to manage your billing.',
      'quota',
      'credits depleted',
    ],
    ['You have run out. All credit of this project was used up.', 'quota', 'credits depleted'],
    ['Your project has exceeded its monthly spending cap.', 'quota', 'spending cap reached'],
    ['The spend cap of this project has been reached.', 'quota', 'spending cap reached'],
    ['Your billing account hit its tier’s spend limit.', 'quota', 'spending cap reached'],
    ['You exceeded your current quota, check your plan and billing details.', 'rate_limit', ''],
    ['Slow down. Buy credits. Your rate is exhausted.', 'rate_limit', ''],
  ])('429 in prose alone: %s', (message, kind, words) => {
    const body = google('RESOURCE_EXHAUSTED', message);
    for (const event of [body, [body]]) {
      expect(classifyStatus(429, event)).toEqual({
        kind,
        reason: `429 RESOURCE_EXHAUSTED ${words}`.trim(),
      });
    }
  });

  it('classifies a named quota by its name, whatever the text says about money', () => {
    const perMinute = quotaFailure('GenerateRequestsPerMinutePerProject');
    const message = 'Once your credits are exhausted, a spending cap is reached.';
    expect(classifyStatus(429, google('RESOURCE_EXHAUSTED', message, [perMinute])).kind).toBe(
      'rate_limit',
    );
  });

  it.each<[string, number, unknown, GeminiFailureKind, number | undefined]>([
    ['a 429 in HTML', 429, undefined, 'rate_limit', 33_000],
    ['a bare 429 of Google’s', 429, google('RESOURCE_EXHAUSTED'), 'rate_limit', 33_000],
    ['a 503 in HTML', 503, undefined, 'overloaded', 33_000],
    [
      'a body that says it itself',
      429,
      google('RESOURCE_EXHAUSTED', '', [retryInfo('7s')]),
      'rate_limit',
      7000,
    ],
    [
      'a daily quota',
      429,
      google('RESOURCE_EXHAUSTED', '', [quotaFailure('GenerateRequestsPerDayPerProject')]),
      'quota',
      undefined,
    ],
  ])('with Retry-After: %s', (_name, status, body, kind, retryAfterMs) => {
    const failure = classifyStatus(status, body, 33_000);
    expect(failure.kind).toBe(kind);
    expect(failure.retryAfterMs).toBe(retryAfterMs);
  });

  it('classifies a Retry-After of hours as a quota', () => {
    expect(classifyStatus(429, undefined, 7_200_000)).toMatchObject({
      kind: 'quota',
      retryAfterMs: 7_200_000,
    });
  });

  it('keeps Google’s constants in the reason, and never its prose', () => {
    expect(
      classifyStatus(
        403,
        google('PERMISSION_DENIED', 'project 12345 secret prose', [errorInfo('BILLING_DISABLED')]),
      ).reason,
    ).toBe('403 PERMISSION_DENIED BILLING_DISABLED');
    expect(classifyStatus(403, google('has prose in it')).reason).toBe('403');
  });
});

describe('classifySocketCode', () => {
  it.each([
    ['ECONNRESET', 'ECONNRESET'],
    ['PROXY_407', 'PROXY_407'],
    [undefined, 'the connection broke'],
  ])('%s', (code, reason) => {
    expect(classifySocketCode(code)).toEqual({ kind: 'transient', reason });
  });
});

describe('codeOf', () => {
  const broken = (fields: object): Error => Object.assign(new Error('prose'), fields);

  it.each<[string, unknown, string | undefined]>([
    ['a socket’s error', broken({ code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    ['a wrapped one', broken({ cause: broken({ code: 'ECONNRESET' }) }), 'ECONNRESET'],
    ['one whose own code is prose', broken({ code: 'no', cause: { code: 'EPIPE' } }), 'EPIPE'],
    ['a timeout', broken({ cause: new DOMException('prose', 'TimeoutError') }), 'timeout'],
    ['an error without a code', broken({}), undefined],
    ['no error', 'ECONNREFUSED', undefined],
  ])('of %s', (_name, error, code) => {
    expect(codeOf(error)).toBe(code);
  });
});
