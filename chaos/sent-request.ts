import { picture, form } from '../test/pictures';
import type { SentRequest } from './exchange';
import { isIdempotent, type PlannedRequest } from './planned-request';

const MODEL = 'gemini-3-pro-image';

/** Writes planned requests, for whichever API they use. */
export class RequestWriter {
  private constructor(private readonly original: Uint8Array<ArrayBuffer>) {}

  static async make(): Promise<RequestWriter> {
    return new RequestWriter(await picture());
  }

  /**
   * @param tries how often it was sent before
   */
  async write(
    base: string,
    plan: PlannedRequest,
    { number, key, id, tries }: { number: number; key: string; id: string; tries: number },
  ): Promise<SentRequest> {
    const headers = {
      authorization: `Bearer ${key}`,
      'x-request-id': id,
      ...(plan.retries ? { 'x-stainless-retry-count': String(tries) } : {}),
      ...(isIdempotent(plan) ? { 'idempotency-key': `request-${number}` } : {}),
    };
    const prompt = `This is request ${number}. Draw it.`;
    const json = (path: string, body: object, more: object = {}): SentRequest => ({
      method: 'POST',
      url: base + path,
      headers: { ...headers, 'content-type': 'application/json', ...more },
      body: Buffer.from(JSON.stringify(body)),
    });
    const get = (path: string): SentRequest => ({ method: 'GET', url: base + path, headers });
    const { n, delivery } = plan;
    switch (plan.kind) {
      case 'generation':
        return json('/v1/images/generations', { prompt, n, response_format: delivery });
      case 'stream':
        return json('/v1/images/generations', { prompt, n, stream: true, partial_images: 2 });
      case 'openrouter':
        return json('/v1/images', { prompt, n });
      case 'edit': {
        const fields = Object.entries({ prompt, n: String(n), response_format: delivery });
        const body = new Response(form(...fields, ['image', this.original]));
        return {
          method: 'POST',
          url: `${base}/v1/images/edits`,
          headers: { ...headers, 'content-type': body.headers.get('content-type') ?? '' },
          body: Buffer.from(await body.arrayBuffer()),
        };
      }
      case 'chat':
      case 'chat-stream':
        return json('/v1/chat/completions', {
          model: MODEL,
          messages: [{ role: 'user', content: prompt }],
          modalities: ['image'],
          n,
          stream: plan.kind === 'chat-stream',
        });
      case 'gemini':
      case 'gemini-stream': {
        const isStream = plan.kind === 'gemini-stream';
        const method = isStream ? 'streamGenerateContent?alt=sse' : 'generateContent';
        const candidateCount = isStream ? 1 : n;
        return json(`/v1beta/models/${MODEL}:${method}`, {
          contents: [{ role: 'user', parts: [{ text: prompt }] }],
          generationConfig: {
            responseModalities: ['IMAGE'],
            ...(candidateCount > 1 ? { candidateCount } : {}),
          },
        });
      }
      case 'usage':
        return get('/v1/usage');
      case 'accounts':
        return get('/v1/accounts');
      case 'key':
        return get('/v1/key');
      case 'models':
        return get('/v1/models');
      case 'file':
        throw new Error('a hosted image is asked for by its URL');
    }
  }
}

/** The maximum number of images that a request may get. */
export function imagesOf({ kind, n }: PlannedRequest): number {
  return kind === 'gemini-stream' ? 1 : n;
}
