import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GeminiFailureKind } from './gemini-failure';

const DOCS = readFileSync(join(__dirname, '../../docs/observability.md'), 'utf8');

/** Every kind there is: the compiler misses one that is not here. */
const KINDS: Readonly<Record<GeminiFailureKind, true>> = {
  invalid_request: true,
  request_too_large: true,
  refused: true,
  account_unusable: true,
  model_forbidden: true,
  model_missing: true,
  rate_limit: true,
  quota: true,
  transient: true,
  unreachable: true,
  stale_connection: true,
  stale_token: true,
  overloaded: true,
  timeout: true,
  upstream_deadline: true,
  no_image: true,
  cut_short: true,
  response_too_large: true,
};

it('the labels of failed calls are documented, all of them and no other', () => {
  const [list = ''] = /^- Kinds of failed calls:[^]*?An image/m.exec(DOCS) ?? [];
  const named = [...list.matchAll(/`([a-z_]+)`/g)].map(([, kind]) => kind);
  expect(named.sort()).toEqual(Object.keys(KINDS).sort());
});
