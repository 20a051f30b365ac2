/** OpenAI's endpoints that Easel does not serve, and what to call instead. */
const ELSEWHERE: readonly (readonly [path: RegExp, hint: string])[] = [
  [
    /^\/(v1\/)?(chat\/completions|responses|completions)$/,
    'This gateway makes images: call POST /v1/images/generations.',
  ],
  [
    /^\/v1(beta)?\/models\/[^/]+:\w+$/,
    'This gateway speaks OpenAI’s Images API: call POST /v1/images/generations.',
  ],
  [
    /^\/(v1\/)?(audio|embeddings|moderations|files|batches|assistants|fine_tuning)(\/|$)/,
    'This gateway makes images and has no such endpoint.',
  ],
];

/** Common misspellings of the Images API's routes, by the route that they mean. */
const MEANT: readonly (readonly [path: RegExp, route: string])[] = [
  [/^\/images?\/generations?$/, '/v1/images/generations'],
  [/^\/images?\/edits?$/, '/v1/images/edits'],
  [/^\/images?\/variations?$/, '/v1/images/variations'],
  [/^\/models?$/, '/v1/models'],
];

/** What to call instead of an unknown path; undefined if it resembles no route. */
export function routeHint(path: string): string | undefined {
  const plain = path.toLowerCase().replace(/\/+$/, '');
  if (plain === '') {
    return 'This is Easel: call POST /v1/images/generations. GET /docs describes everything.';
  }
  const inner = plain.replace(/^(\/api)?(\/v1)+/, '');
  const [, meant] = MEANT.find(([pattern]) => pattern.test(inner)) ?? [];
  if (meant !== undefined && /^(\/api)?\/v1\/v1/.test(plain)) {
    return `The base URL of your client ends in /v1 once too often: call ${meant}.`;
  }
  if (meant !== undefined) {
    return `Did you mean ${meant}? The base URL of your client has to end in /v1.`;
  }
  return ELSEWHERE.find(([pattern]) => pattern.test(plain))?.[1];
}
