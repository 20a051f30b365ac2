/** OpenAI's endpoints that Easel does not serve, and what to call instead. */
const ELSEWHERE: readonly (readonly [path: RegExp, hint: string])[] = [
  [
    /^\/(responses|completions|messages)(\/|$)/,
    'This gateway makes images: call POST /v1/images/generations or POST /v1/chat/completions.',
  ],
  [
    /^\/(audio|embeddings|moderations|files|uploads|batches|assistants|threads|fine_tuning|videos|realtime)(\/|$)/,
    'This gateway makes images and has no such endpoint.',
  ],
];

/** Common misspellings of the Images API's routes, and the intended routes. */
const MEANT: readonly (readonly [path: RegExp, route: string])[] = [
  [/^\/images?\/generat(e|ions?)$/, '/v1/images/generations'],
  [/^\/images?\/edits?$/, '/v1/images/edits'],
  [/^\/images?\/variations?$/, '/v1/images/variations'],
  [/^\/images?$/, '/v1/images'],
  [/^\/models?$/, '/v1/models'],
  [/^\/chat(\/completions?)?$/, '/v1/chat/completions'],
];

/**
 * The prefixes of a route in the base URLs of OpenAI's, OpenRouter's, Google's and Azure's clients.
 */
const BASE = /^(\/api|\/v1beta\/openai|\/openai\/deployments\/[^/]+|\/openai|\/v1)(?=\/)/;

/** What to call instead of an unknown path; undefined if it resembles no route. */
export function routeHint(path: string): string | undefined {
  const plain = path.toLowerCase().replace(/\/+$/, '');
  if (plain === '') {
    return 'This is Easel: call POST /v1/images/generations. GET /docs describes everything.';
  }
  const { rest, versions } = withoutBase(plain);
  const [, meant] = MEANT.find(([pattern]) => pattern.test(rest)) ?? [];
  if (meant !== undefined && versions > 1) {
    return `The base URL of your client has one /v1 too many: call ${meant}.`;
  }
  if (meant !== undefined) {
    return `Did you mean ${meant}?`;
  }
  return ELSEWHERE.find(([pattern]) => pattern.test(rest))?.[1];
}

/** `versions`: how many times the base contains a version. */
function withoutBase(path: string): { readonly rest: string; readonly versions: number } {
  let rest = path;
  let versions = 0;
  for (let base = BASE.exec(rest); base !== null; base = BASE.exec(rest)) {
    versions += /v1/.test(base[0]) ? 1 : 0;
    rest = rest.slice(base[0].length);
  }
  return { rest, versions };
}
