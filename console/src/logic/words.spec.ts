import { accountWords } from './account-words';
import {
  errorWords,
  frameReason,
  keyComplaint,
  retryAfterMs,
  UNREACHABLE,
  type Failure,
} from './error-words';
import { fieldOfParam } from './field-of-param';
import { matches, toPrune } from './history-pruning';
import { nearestRatio, pixels } from './pixels';
import { ticketWords, type TicketFacts } from './ticket-words';
import {
  aboutMoney,
  countdown,
  dayHeading,
  fileName,
  lastDay,
  money,
  numberWord,
  tilePrice,
  utcMoment,
  wholeMoney,
} from './words';

const FAILURE: Failure = {
  status: 500,
  code: null,
  type: 'server_error',
  param: null,
  message: 'no',
};

it.each([
  [0, '$0.00'],
  [0.134, '$0.134'],
  [0.1344, '$0.1344'],
  [0.24, '$0.24'],
  [0.5, '$0.50'],
  [0.000021, '$0.000021'],
  [1261.6, '$1,261.60'],
])('%p dollars are %s', (usd, expected) => {
  expect(money(usd)).toBe(expected);
});

it.each([
  [0.5376, '≈ $0.54'],
  [0, '$0.00'],
])('about %p dollars are %s', (usd, expected) => {
  expect(aboutMoney(usd)).toBe(expected);
});

it.each([
  [200, '$200'],
  [1200, '$1,200'],
  [12.5, '$12.50'],
  [0.5, '$0.50'],
])('a limit of %p dollars is %s', (usd, expected) => {
  expect(wholeMoney(usd)).toBe(expected);
});

it.each([
  [1, 'one'],
  [9, 'nine'],
  [10, '10'],
])('%i is %s in a sentence', (count, expected) => {
  expect(numberWord(count)).toBe(expected);
});

it.each([
  [0.1344, '$0.134'],
  [0.24, '$0.24'],
])('a tile has %p as %s', (usd, expected) => {
  expect(tilePrice(usd)).toBe(expected);
});

it.each([
  [38_000, '0:38'],
  [37_200, '0:38'],
  [3_730_000, '1:02:10'],
  [-5, '0:00'],
])('%i ms count down as %s', (ms, expected) => {
  expect(countdown(ms)).toBe(expected);
});

const NOON = new Date(2026, 10, 28, 12).getTime();
it.each([
  [NOON - 3_600_000, 'Earlier today'],
  [NOON - 86_400_000, 'Yesterday'],
  [NOON - 2 * 86_400_000, '26 November'],
  [new Date(2025, 4, 1).getTime(), '1 May 2025'],
])('%i stands under %s', (at, expected) => {
  expect(dayHeading(at, NOON)).toBe(expected);
});

it('tells a time of UTC', () => {
  expect(utcMoment('2026-12-01T00:00:00.000Z')).toBe('1 December, 00:00 UTC');
});

it.each([
  ['2027-04-01T00:00:00.000Z', '31 March 2027'],
  ['2027-03-31T12:00:00.000Z', '31 March 2027'],
  ['2027-01-01T00:00:00.000Z', '31 December 2026'],
])('a key refused from %s on runs until %s', (iso, expected) => {
  expect(lastDay(iso)).toBe(expected);
});

it.each([
  ['The key is wrong.', 'This key is not known here.'],
  [
    "The key of 'design' expired at the end of 2026-10-31 (UTC).",
    'This key expired on 31 October 2026. Ask for a new one, or use another.',
  ],
  [
    "The key of 'design' is disabled.",
    "The key of 'design' is disabled. Ask for a new one, or use another.",
  ],
])('the key field says of %j: %s', (message, expected) => {
  expect(keyComplaint({ ...FAILURE, status: 401, message })).toBe(expected);
});

it('the key field says what to do about a role that makes no images', () => {
  const message = "The key of 'dashboards' has the role 'monitor', which may not use this route.";
  const failure = { ...FAILURE, status: 403, code: 'insufficient_permissions', message };
  expect(keyComplaint(failure)).toBe(
    'This key makes no images. Enter the key of a member or an operator.',
  );
});

it.each([
  ['A boat, at sea!', 'jpeg', 'A-boat-at-sea-2026-11-28-12-00-00.jpg'],
  ['../..', 'png', 'image-2026-11-28-12-00-00.png'],
  ['Лодка', 'webp', 'Лодка-2026-11-28-12-00-00.webp'],
])('%j is saved as a name of its words', (prompt, format, expected) => {
  expect(fileName(prompt, Date.UTC(2026, 10, 28, 12), format)).toBe(expected);
});

it.each<[string, Partial<Failure>, object]>([
  ['offline', UNREACHABLE, { title: 'Easel does not answer.', next: 'retry' }],
  ['a wrong key', { status: 401 }, { title: 'This key is not known here.', next: 'key' }],
  [
    'a role',
    { status: 403, code: 'insufficient_permissions' },
    { title: 'This key may not do that.', next: 'key' },
  ],
  [
    'a page of elsewhere',
    { status: 403, code: 'forbidden_host', message: 'Forbidden host' },
    { title: 'Easel does not take requests from here.', next: undefined },
  ],
  [
    'a refusal',
    {
      status: 400,
      code: 'moderation_blocked',
      message:
        "Your request was rejected by the safety system. Google's image model refused it " +
        '(IMAGE_SAFETY: unsafe content in the image). Rephrase the prompt.',
      costUsd: 0.0004,
    },
    {
      title: 'Google refused this prompt.',
      detail:
        'Its filter says: unsafe content in the image (IMAGE_SAFETY). The same words will be refused again. To read them cost $0.0004.',
      next: 'prompt',
    },
  ],
  [
    'a minute of the pool',
    {
      status: 429,
      code: 'rate_limit_exceeded',
      message: 'Every account rests',
      retryAfterMs: 22_400,
    },
    {
      title: 'All accounts are resting. The first is back in 23 seconds.',
      tone: 'warn',
      retryAfterMs: 22_400,
    },
  ],
  [
    'a minute of the key',
    {
      status: 429,
      message:
        "Rate limit reached for 'design' on imagesPerMinute: Limit 20, Used 20, Requested 4. " +
        'It ends at 2026-11-28T12:00:31.000Z. Please try again in 12s.',
      retryAfterMs: 12_000,
    },
    {
      title: 'Your key makes 20 images a minute, and has.',
      detail: 'Nothing was charged. Your form is as you left it.',
      tone: 'warn',
      next: 'retry',
      retryAfterMs: 12_000,
    },
  ],
  [
    'what is left of a minute',
    {
      status: 429,
      message: "Rate limit reached for 'a' on imagesPerMinute: Limit 20, Used 18, Requested 4. x",
    },
    { title: 'Your key makes 20 images a minute, and has made 18; this asks for 4 more.' },
  ],
  [
    'what is at work',
    {
      status: 429,
      message: "Rate limit reached for 'a' on concurrentImages: Limit 1, Used 1, Requested 1. x",
    },
    { title: 'Your key makes 1 image at once, and is at it.', next: 'retry' },
  ],
  [
    'a day of the key',
    {
      status: 429,
      code: 'insufficient_quota',
      message:
        "Quota of 'design' used up on imagesPerDay: Limit 500, Used 500, Requested 1. It ends at 2026-11-29T00:00:00.000Z.",
    },
    {
      title: 'Your key has made its 500 images for today.',
      detail: 'It starts afresh on 29 November, 00:00 UTC.',
      next: 'usage',
      tone: 'bad',
    },
  ],
  [
    'a month of the key',
    {
      status: 429,
      code: 'insufficient_quota',
      message:
        "Quota of 'design' used up on usdPerMonth: Limit $200.00, Used $200.00, Requested $0.1344. It ends at 2026-12-01T00:00:00.000Z.",
    },
    {
      title: 'Your key has spent its $200 for November.',
      detail: 'It starts afresh on 1 December, 00:00 UTC.',
      next: 'usage',
    },
  ],
  [
    'what is left of a month',
    {
      status: 429,
      code: 'insufficient_quota',
      message:
        "Quota of 'design' used up on usdPerMonth: Limit $0.50, Used $0.40, Requested $0.1344. It ends at 2026-12-01T00:00:00.000Z.",
    },
    { title: 'Your key has $0.10 left for November, and this takes $0.1344.' },
  ],
  [
    'a day of the pool',
    { status: 429, code: 'insufficient_quota', message: 'Every account is out of quota' },
    { title: 'All accounts are out of quota.', next: 'pool', tone: 'bad' },
  ],
  ['no account', { status: 503, code: 'no_account_available' }, { next: 'pool' }],
  ['a full gateway', { status: 503, code: 'overloaded' }, { tone: 'warn', next: 'retry' }],
  [
    'no image',
    { status: 502, code: 'no_image', message: 'It drew nothing', costUsd: 0.0004 },
    {
      title: 'Google gave no picture.',
      detail: 'It drew nothing. It cost $0.0004.',
      next: 'retry',
    },
  ],
  [
    'no image for nothing',
    { status: 502, message: 'It failed', costUsd: 0 },
    { detail: 'It failed. It cost nothing.' },
  ],
  ['no image at an unknown cost', { status: 502, message: 'It failed' }, { detail: 'It failed.' }],
  [
    'a deadline',
    { status: 504, message: 'Too late', costUsd: 0.0672 },
    { title: 'Google took too long.', detail: 'Too late. It cost $0.0672.' },
  ],
  [
    // What Google was still drawing may be charged, and it does not say so.
    'a deadline of a picture that Google went on with',
    { status: 504, message: 'Too late', costUsd: 0 },
    { detail: 'Too late.' },
  ],
  ['too large', { status: 413 }, { next: undefined }],
  [
    'a bad field',
    { status: 400, message: 'n is too large' },
    { title: 'This cannot be done as asked.', detail: 'n is too large.' },
  ],
  ['our own fault', {}, { title: 'Something in Easel failed.' }],
])('%s has words and what to do', (_what, failure, expected) => {
  expect(errorWords({ ...FAILURE, ...failure })).toMatchObject(expected);
});

it.each([
  [{ code: 'moderation_blocked', status: 400 }, 'Google’s safety filter held this one back.'],
  [
    { status: 502, message: 'It was tried 3 times' },
    'Google gave no picture. It was tried 3 times.',
  ],
])('a frame of %j says why it is empty', (failure, expected) => {
  expect(frameReason({ ...FAILURE, ...failure })).toBe(expected);
});

it.each<[string | null, number | undefined]>([
  ['23', 23_000],
  [new Date(60_000).toUTCString(), 60_000],
  [null, undefined],
  ['soon', undefined],
])('Retry-After %j is %p ms', (header, expected) => {
  expect(retryAfterMs(header, 0)).toBe(expected);
});

it.each<[string | null, string | undefined]>([
  ['prompt', 'prompt'],
  ['image[0]', 'prompt'],
  ['mask', 'prompt'],
  ['image_size', 'resolution'],
  ['size', 'ratio'],
  ['n', 'images'],
  ['seed', 'seed'],
  ['service_tier', 'tier'],
  ['user', undefined],
  [null, undefined],
])('a fault of %j is told at the field %p', (param, expected) => {
  expect(fieldOfParam(param)).toBe(expected);
});

describe('toPrune', () => {
  const items = [1, 2, 3, 4].map((at) => ({ id: `p${at}`, at, bytes: 10 }));

  it.each([
    [{ items: 9, bytes: 99 }, []],
    [{ items: 2, bytes: 99 }, ['p1', 'p2']],
    [{ items: 9, bytes: 25 }, ['p1', 'p2']],
    [{ items: 9, bytes: 5 }, ['p1', 'p2', 'p3']],
  ])('within %j takes the oldest', (cap, expected) => {
    expect(toPrune(items, cap)).toEqual(expected);
  });
});

it.each([
  ['Sailing boats at sunset', 'BOATS', true],
  ['Sailing boats at sunset', 'sunset boat', true],
  ['Sailing boats at sunset', 'boats harbor', false],
])('%j has %j in it: %p', (prompt, search, expected) => {
  expect(matches(prompt, search)).toBe(expected);
});

it.each([
  ['16:9', '2K', '2752 × 1536'],
  ['', '', '1024 × 1024'],
  ['1:8', '1K', ''],
])('%s at %s has the pixels %s', (ratio, size, expected) => {
  expect(pixels(ratio, size)).toBe(expected);
});

it('finds the ratio that is nearest to a picture', () => {
  expect(nearestRatio(1376, 768, ['1:1', '16:9', '3:2'])).toBe('16:9');
});

describe('ticketWords', () => {
  const PLAN = {
    model: 'gemini-3-pro-image',
    aspect_ratio: '16:9',
    image_size: '2K',
    calls: 4,
    list_price_usd: 0.5376,
    warnings: ['no such tier'],
  };
  const facts: TicketFacts = {
    plan: PLAN,
    failure: undefined,
    isEmulator: false,
    images: 0,
    hasMask: false,
    autoRatio: undefined,
    hasStyle: false,
    usualSize: '1K',
    budgetLeft: undefined,
    fault: '',
  };

  it.each<[string, Partial<TicketFacts>, object]>([
    [
      'says what is sent',
      {},
      {
        price: '≈ $0.54',
        shape: '16:9 · 2K',
        calls: '4 calls to Google at once',
        warnings: ['no such tier'],
      },
    ],
    [
      'says that the emulator draws',
      { isEmulator: true },
      { price: '$0.00', calls: '4 calls to the emulator at once · Google: ≈ $0.54' },
    ],
    [
      'says what the model makes by itself',
      { plan: { ...PLAN, image_size: null } },
      { shape: '16:9 · 1K' },
    ],
    [
      'says no size of a model that has none',
      { plan: { ...PLAN, image_size: null }, usualSize: undefined },
      { shape: '16:9' },
    ],
    [
      'says what goes along',
      { images: 1, hasMask: true, autoRatio: '3:2' },
      { shape: '3:2 · 2K', calls: '4 calls to Google · 1 image and a mask go along' },
    ],
    [
      'says what is missing',
      { budgetLeft: 0.1376 },
      { isOverBudget: true, warnings: ['$0.40 more than this key has left', 'no such tier'] },
    ],
    [
      'says what is wrong',
      { failure: FAILURE },
      { price: '–', model: 'Something in Easel failed.' },
    ],
    ['asks', { plan: undefined }, { model: 'Asking …' }],
    [
      'says what is wrong with a field first',
      { fault: 'A seed is a whole number.', budgetLeft: 0.1376 },
      {
        price: '≈ $0.54',
        warnings: [
          'A seed is a whole number.',
          '$0.40 more than this key has left',
          'no such tier',
        ],
      },
    ],
    [
      'says what is wrong with a field before there is a plan',
      { plan: undefined, fault: 'A seed is a whole number.' },
      { warnings: ['A seed is a whole number.'] },
    ],
  ])('%s', (_what, change, expected) => {
    expect(ticketWords({ ...facts, ...change })).toMatchObject(expected);
  });
});

describe('accountWords', () => {
  const account = {
    email: 'a@example.com',
    provider: 'gemini',
    state: 'ready' as const,
    reason: null,
    until: null,
    models: {},
    in_flight: 0,
    max_concurrency: 4,
    requests: 0,
    images: 0,
    failures: 0,
  };

  it.each([
    [{}, { icon: 'ok', state: 'Ready', reason: '' }],
    [
      { state: 'cooling', until: '1970-01-01T00:00:38.000Z', reason: 'RATE_LIMIT_EXCEEDED' },
      {
        icon: 'clock',
        state: 'Resting, back in 0:38',
        reason: 'Google asked for a pause (429, images per minute)',
      },
    ],
    [{ state: 'exhausted' }, { icon: 'bar', state: 'Out of quota' }],
    [
      { state: 'disabled', reason: 'API_KEY_INVALID' },
      { icon: 'struck', reason: 'Google refuses its key. Put a new one into the file' },
    ],
    [{ state: 'disabled', reason: 'something new' }, { reason: 'something new' }],
    [
      {
        models: {
          'gemini-3-pro-image': {
            state: 'cooling',
            until: '1970-01-01T00:00:38.000Z',
            reason: 'RATE_LIMIT_EXCEEDED',
          },
        },
      },
      {
        icon: 'clock',
        state: 'Resting, back in 0:38',
        reason: 'gemini-3-pro-image: Google asked for a pause (429, images per minute)',
      },
    ],
  ] as const)('%j is told in words', (change, expected) => {
    expect(accountWords({ ...account, ...change }, 0)).toMatchObject(expected);
  });
});
