import { createHash } from 'node:crypto';

/**
 * Base64 wherever one of the APIs has an image: members of OpenAI's and Google's responses, and
 * data URIs.
 */
const IMAGES = /(?:"b64_json":\s*"|"data":\s*"|;base64,)([A-Za-z0-9+/=]{100,})/g;

/** The digest of each image in a response, each once. */
export function digestsIn(body: Buffer): ReadonlySet<string> {
  const digests = new Set<string>();
  for (const [, base64 = ''] of body.toString('latin1').matchAll(IMAGES)) {
    digests.add(digestOf(Buffer.from(base64, 'base64')));
  }
  return digests;
}

export function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The hosted images in a response of OpenAI's API. */
export function linksIn(body: Buffer): readonly string[] {
  const text = body.toString('latin1');
  return [...text.matchAll(/"url":\s*"(http[^"]+\/files\/[^"]+)"/g)].map(([, url = '']) => url);
}

/** The code of one of OpenAI's errors, or the status of one of Google's. */
export function errorCodeIn(body: Buffer): string {
  try {
    const { error } = JSON.parse(body.toString('utf8')) as {
      readonly error?: { readonly code?: string | number | null; readonly status?: string };
    };
    return String(error?.status ?? error?.code ?? null);
  } catch {
    return 'no JSON';
  }
}

export function errorMessageIn(body: Buffer): string {
  return /"message":\s*"([^"]*)"/.exec(body.toString('utf8'))?.[1] ?? '';
}
