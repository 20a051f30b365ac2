/** Signed URLs reach some 4 KB; no server accepts longer ones than this. */
export const MAX_URL_CHARACTERS = 8192;

export type DownloadUrl =
  | { readonly ok: true; readonly url: URL }
  /** `problem` completes a sentence that begins with the URL: `… has a user name in it`. */
  | { readonly ok: false; readonly problem: string };

/** Also the result for bare base64, which some clients send. */
const NEITHER: DownloadUrl = {
  ok: false,
  problem:
    'is neither an http(s) URL nor a data URL ' +
    "(e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU=')",
};

/**
 * Parses a URL that an image may be downloaded from, as browsers do: `http://0177.1/` then has the
 * host 127.0.0.1. The host is not checked here, but ports are: mail, remote shells and the like
 * listen below 1024, and must not receive an HTTP request.
 *
 * @param base the base of a relative URL
 */
export function parseDownloadUrl(text: string, base?: URL): DownloadUrl {
  if (base === undefined && !/^\s*https?:/i.test(text)) {
    return NEITHER;
  }
  if (text.length > MAX_URL_CHARACTERS) {
    return { ok: false, problem: `is longer than ${MAX_URL_CHARACTERS} characters` };
  }
  if (!URL.canParse(text, base?.href)) {
    return { ok: false, problem: 'is not a valid URL' };
  }
  const url = new URL(text, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return NEITHER;
  }
  if (url.username !== '' || url.password !== '') {
    return { ok: false, problem: 'has a user name or a password in it' };
  }
  // URL leaves out the default port of the scheme.
  if (!['', '80', '443'].includes(url.port) && Number(url.port) < 1024) {
    return { ok: false, problem: 'has a port below 1024 which is neither 80 nor 443' };
  }
  return { ok: true, url };
}

/** The target of a redirect, from its `Location`. A redirect from https to http is not followed. */
export function redirectTarget(from: URL, location: string | undefined): DownloadUrl {
  if (location === undefined) {
    return { ok: false, problem: 'redirects to nowhere' };
  }
  const target = parseDownloadUrl(location, from);
  return target.ok && from.protocol === 'https:' && target.url.protocol === 'http:'
    ? { ok: false, problem: 'redirects from https to http' }
    : target;
}
