import type { Account } from '../accounts/account';
import type { GeminiFailure } from '../gemini/gemini-failure';
import type { GeminiResponse } from '../mapping/gemini-response';
import { sourcedImage, type GeneratedImage } from './generated-image';

/** What one upstream call came to. */
export type CallResult =
  | { readonly ok: true; readonly image: GeneratedImage }
  | { readonly ok: false; readonly failure: GeminiFailure };

/** The image of a response, or the failure that its lack amounts to. */
export function toCallResult(response: GeminiResponse, account: Account): CallResult {
  switch (response.kind) {
    case 'image': {
      const image = sourcedImage(response.data, account);
      return image === undefined
        ? failed('no_image', 'bytes that are no image')
        : { ok: true, image: { ...image, usage: response.usage } };
    }
    case 'refused':
      return failed('refused', response.reason);
    case 'empty':
      return failed('no_image', response.reason);
    case 'cut_short':
    case 'account_unusable':
      return failed(response.kind, response.reason);
    case 'truncated':
      return failed('transient', 'the stream ended early');
    case 'malformed':
      return failed('transient', 'a response that is not Gemini’s');
  }
}

function failed(kind: GeminiFailure['kind'], reason: string): CallResult {
  return { ok: false, failure: { kind, reason } };
}
