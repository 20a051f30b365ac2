import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GatewayErrorKind, GatewayFault, RequestFaultCode } from './gateway-error';
import { openAiError } from './openai-error';

const PAGE = readFileSync(join(__dirname, '../../docs/troubleshooting.md'), 'utf8');

/** Every code of a field there is: the compiler misses one that is not here. */
const FIELD_CODES: Readonly<Record<RequestFaultCode, true>> = {
  missing_required_parameter: true,
  invalid_type: true,
  invalid_value: true,
  empty_string: true,
  string_above_max_length: true,
  integer_below_min_value: true,
  integer_above_max_value: true,
  decimal_below_min_value: true,
  decimal_above_max_value: true,
  duplicate_parameter: true,
  unknown_parameter: true,
  empty_array: true,
  array_above_max_length: true,
  unsupported_file_mimetype: true,
  invalid_mask_image_format: true,
  image_file_too_large: true,
  invalid_image_url: true,
  failed_to_download_image: true,
};

const message = 'words';

/** Every kind there is, in each form in which its code or status differs. */
const FAULTS: { readonly [K in GatewayErrorKind]: readonly Extract<GatewayFault, { kind: K }>[] } =
  {
    invalid_request: [{ kind: 'invalid_request', message, param: null, code: null }],
    missing_api_key: [{ kind: 'missing_api_key', challenge: 'bearer' }],
    wrong_api_key: [{ kind: 'wrong_api_key', maskedKey: '***', challenge: 'bearer' }],
    unusable_api_key: [
      { kind: 'unusable_api_key', consumer: 'x', why: 'is disabled', challenge: 'bearer' },
    ],
    insufficient_permissions: [{ kind: 'insufficient_permissions', message }],
    forbidden_origin: [{ kind: 'forbidden_origin', origin: 'https://a.example' }],
    forbidden_host: [{ kind: 'forbidden_host', host: 'a.example' }],
    unsupported_transfer_encoding: [{ kind: 'unsupported_transfer_encoding' }],
    unknown_route: [{ kind: 'unknown_route', method: 'GET', path: '/x' }],
    not_implemented: [{ kind: 'not_implemented', what: 'files' }],
    method_not_allowed: [
      { kind: 'method_not_allowed', method: 'GET', path: '/x', allow: ['POST'] },
    ],
    body_too_large: [{ kind: 'body_too_large', maxMegabytes: 1 }],
    request_too_large: [{ kind: 'request_too_large', message }],
    request_timeout: [{ kind: 'request_timeout' }],
    unsupported_content_type: [{ kind: 'unsupported_content_type', message }],
    model_not_found: [{ kind: 'model_not_found', model: 'x' }],
    account_not_found: [{ kind: 'account_not_found', email: 'a@x' }],
    link_forged: [{ kind: 'link_forged' }],
    link_expired: [{ kind: 'link_expired' }],
    idempotency_in_progress: [{ kind: 'idempotency_in_progress' }],
    idempotency_key_reused: [{ kind: 'idempotency_key_reused' }],
    request_not_found: [{ kind: 'request_not_found' }],
    image_gone: [{ kind: 'image_gone' }],
    range_not_satisfiable: [{ kind: 'range_not_satisfiable', byteLength: 1 }],
    console_not_built: [{ kind: 'console_not_built' }],
    image_store_unavailable: [{ kind: 'image_store_unavailable' }],
    unreadable_input_image: [{ kind: 'unreadable_input_image', name: 'image' }],
    moderation_blocked: [
      { kind: 'moderation_blocked', modelFamily: 'other' },
      { kind: 'moderation_blocked', modelFamily: 'dall-e' },
    ],
    consumer_limit: [
      {
        kind: 'consumer_limit',
        consumer: 'x',
        limit: 'imagesPerMinute',
        max: 3,
        used: 3,
        requested: 1,
        retryAfterSeconds: 7,
      },
    ],
    consumer_quota: [
      {
        kind: 'consumer_quota',
        consumer: 'x',
        limit: 'imagesPerDay',
        max: 1,
        used: 1,
        requested: 1,
        until: 0,
      },
    ],
    rate_limited: [{ kind: 'rate_limited', retryAfterSeconds: 1 }],
    quota_exhausted: [{ kind: 'quota_exhausted' }],
    no_account_available: [{ kind: 'no_account_available', message }],
    ledger_unavailable: [{ kind: 'ledger_unavailable', message, shouldRetry: true }],
    overloaded: [{ kind: 'overloaded', retryAfterSeconds: 1 }],
    shutting_down: [{ kind: 'shutting_down' }],
    no_image: [{ kind: 'no_image', message }],
    upstream_error: [{ kind: 'upstream_error', message, shouldRetry: true }],
    upstream_timeout: [{ kind: 'upstream_timeout', message }],
    internal: [{ kind: 'internal' }],
  };

/** The first and second cell of each row of the tables by code, a code of several in a cell by itself. */
const rows = [
  ...PAGE.matchAll(/^\|\s*(`[a-z_]+`(?:, `[a-z_]+`)*)\s*\|\s*(\d{3})\s*\|(.*)\|(.*)\|$/gm),
].flatMap(([, codes = '', status, meaning = '', advice = '']) =>
  [...codes.matchAll(/`([a-z_]+)`/g)].map(([, code = '']) => ({
    code,
    status: Number(status),
    says: (meaning + advice).trim(),
  })),
);
const statusesWithoutCode = [...PAGE.matchAll(/^\|\s*(\d{3})\s*\|/gm)].map(([, status]) =>
  Number(status),
);

const told = Object.values(FAULTS)
  .flat()
  .map((fault) => {
    const { status, body } = openAiError(fault, 'req_1');
    return { status, code: body.error.code };
  });

describe('docs/troubleshooting.md', () => {
  it('has every existing code once, and no other', () => {
    const codes = [...Object.keys(FIELD_CODES), ...told.flatMap(({ code }) => code ?? [])];
    expect(rows.map(({ code }) => code).sort()).toEqual([...new Set(codes)].sort());
  });

  it('has the status of each', () => {
    for (const { status, code } of told.filter((each) => each.code !== null)) {
      expect({ code, status: rows.find((row) => row.code === code)?.status }).toEqual({
        code,
        status,
      });
    }
    for (const code of Object.keys(FIELD_CODES)) {
      expect(rows.find((row) => row.code === code)?.status).toBe(400);
    }
  });

  it('has every status without a code, or a section about it', () => {
    const statuses = told.filter(({ code }) => code === null).map(({ status }) => status);
    for (const status of new Set(statuses)) {
      expect([...statusesWithoutCode, ...sections()]).toContain(status);
    }
  });

  it('describes each', () => {
    for (const { code, says } of rows) {
      expect({ code, says: says.length > 20 }).toEqual({ code, says: true });
    }
  });

  it('is linked from the README', () => {
    const readme = readFileSync(join(__dirname, '../../README.md'), 'utf8');
    expect(readme).toContain('(docs/troubleshooting.md)');
  });
});

function sections(): readonly number[] {
  return [...PAGE.matchAll(/^### (\d{3})$/gm)].map(([, status]) => Number(status));
}
