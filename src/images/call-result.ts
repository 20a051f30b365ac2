import type { Account } from '../accounts/account';
import type { CallResult } from '../attempts/upstream-attempts';
import type { GeminiFailure } from '../gemini/gemini-failure';
import { failed, type FailedCall } from '../gemini/gemini-result';
import type { GeminiResponse } from '../mapping/gemini-response';
import { otherModel } from '../mapping/served-model';
import { sourcedImage, type Generated, type GeneratedImage } from './generated-image';

/**
 * The requested content of a response, or the failure that its absence amounts to.
 *
 * @param model the model that was asked for
 */
export function toCallResult(
  response: GeminiResponse,
  account: Account,
  model: string,
): CallResult<Generated> {
  switch (response.kind) {
    case 'image': {
      const image = sourcedImage(response.data, account);
      return image === undefined
        ? failedResult('no_image', 'the bytes are not an image')
        : {
            ok: true,
            value: {
              ...image,
              ...wordsAndCounts(response),
              otherModel: otherModel(model, response.modelVersion),
            },
          };
    }
    case 'text': {
      const { text, isCutShort, usage, thoughtTokens, modelVersion } = response;
      const { email: accountEmail, provider } = account;
      return {
        ok: true,
        value: {
          text,
          isCutShort,
          usage,
          thoughtTokens,
          otherModel: otherModel(model, modelVersion),
          accountEmail,
          provider,
        },
      };
    }
    case 'refused':
      return failedResult('refused', response.reason);
    case 'empty':
      return failedResult('no_image', response.reason);
    case 'cut_short':
    case 'account_unusable':
      return failedResult(response.kind, response.reason);
    case 'truncated':
      return failedResult('transient', 'the stream ended early');
    case 'malformed':
      return failedResult('transient', 'the response is not Gemini’s');
  }
}

function wordsAndCounts({
  text,
  usage,
  thoughtTokens,
}: Extract<GeminiResponse, { kind: 'image' }>): Pick<
  GeneratedImage,
  'text' | 'usage' | 'thoughtTokens'
> {
  return {
    usage,
    ...(text === undefined ? {} : { text }),
    ...(thoughtTokens === undefined ? {} : { thoughtTokens }),
  };
}

function failedResult(kind: GeminiFailure['kind'], reason: string): FailedCall {
  return failed({ kind, reason });
}
