import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parseFault } from './fault-parse';

describe('parseFault', () => {
  it.each<[object]>([
    [{ kind: 'status', status: 503 }],
    [{ kind: 'status', status: 400, message: 'no', googleStatus: 'FAILED_PRECONDITION' }],
    [{ kind: 'rate_limit', retryDelay: '0.5s', daily: true, key: 'k', count: 2 }],
    [{ kind: 'refusal', blockReason: 'SAFETY' }],
    [{ kind: 'cut' }],
    [{ kind: 'cut', afterBytes: 0 }],
    [{ kind: 'cut', afterImages: 1 }],
    [{ kind: 'stall' }],
    [{ kind: 'stall', afterImages: 0 }],
    [{ kind: 'latency', ms: 0, after: 0 }],
    [{ kind: 'oversize', bytes: 1 }],
  ])('takes %j', (fault) => {
    expect(parseFault(fault)).toEqual({ ok: true, fault });
  });

  it.each<[unknown, string]>([
    ['cut', 'a fault is a JSON object with a "kind"'],
    [null, 'a fault is a JSON object with a "kind"'],
    [[{ kind: 'cut' }], 'a fault is a JSON object with a "kind"'],
    [{}, 'kind must be one of status, rate_limit,'],
    [{ kind: 'toString' }, 'kind must be one of status, rate_limit,'],
    [{ kind: 'status' }, 'status needs status'],
    [{ kind: 'status', status: 200 }, 'status must be an integer from 400 to 599'],
    [{ kind: 'status', status: 500, details: 'x' }, 'details must be a list of objects'],
    [{ kind: 'latency', ms: -1 }, 'ms must be an integer of 0 or more'],
    [{ kind: 'latency', ms: '5' }, 'ms must be an integer of 0 or more'],
    [{ kind: 'truncate' }, 'truncate needs afterBytes'],
    [{ kind: 'cut', afterImages: 0 }, 'afterImages must be an integer of 1 or more'],
    [
      { kind: 'cut', afterBytes: 1, afterImages: 1 },
      'cut accepts afterBytes or afterImages, not both',
    ],
    [{ kind: 'stall', afterBytes: 1 }, 'stall has no afterBytes'],
    [{ kind: 'rate_limit', retryDelay: 7 }, 'retryDelay must be seconds such as "7s" or "0.5s"'],
    [{ kind: 'rate_limit', bare: 'yes' }, 'bare must be true or false'],
    [{ kind: 'garbage', count: 0 }, 'count must be an integer of 1 or more'],
    [{ kind: 'garbage', after: 1.5 }, 'after must be an integer of 0 or more'],
    [{ kind: 'garbage', key: '' }, 'key must be a non-empty string'],
    [{ kind: 'garbage', constructor: 1 }, 'garbage has no constructor'],
    [{ kind: 'garbage', ms: 1 }, 'garbage has no ms'],
  ])('refuses %j', (value, message) => {
    const parsed = parseFault(value);
    expect(parsed.ok ? 'taken' : parsed.message).toContain(message);
  });
});

describe('docs/emulator.md', () => {
  const page = readFileSync(join(__dirname, '../../docs/emulator.md'), 'utf8');
  const examples = [...page.matchAll(/^fault '(.*)'$/gmu)].map(([, json = '']) => json);

  it.each(examples)('shows a fault that is taken: %s', (json) => {
    expect(parseFault(JSON.parse(json))).toMatchObject({ ok: true });
  });

  it('shows every kind', () => {
    const refused = parseFault({});
    const [, kinds = ''] = /one of (.*)/u.exec(refused.ok ? '' : refused.message) ?? [];
    const shown = new Set(examples.map((json) => (JSON.parse(json) as { kind: string }).kind));
    expect([...shown].sort()).toEqual(kinds.split(', ').sort());
  });
});
