import type { ImageRecord, ImageTokens } from '../context/image-record';
import { recordedUsage } from './chat-usage';

const record = (microUsd: number, tokens: ImageTokens | undefined): ImageRecord => ({
  at: 0,
  account: 'a@test',
  model: 'gemini-3-pro-image',
  imageSize: undefined,
  aspectRatio: undefined,
  serviceTier: undefined,
  tokens,
  microUsd,
  listMicroUsd: microUsd,
  outcome: 'moderation_blocked',
  attempts: 1,
  ms: 0,
});
const TOKENS = { textInput: 9, imageInput: 258, textOutput: 36, imageOutput: 0 };
const DRAFT = { textInput: 9, imageInput: 0, textOutput: 40, imageOutput: 1120 };

describe('the usage of calls without a usable response', () => {
  it('is the sum of their records', () => {
    expect(recordedUsage([record(450, TOKENS), record(134_898, DRAFT)], true)).toEqual({
      prompt_tokens: 276,
      completion_tokens: 1196,
      total_tokens: 1472,
      completion_tokens_details: { reasoning_tokens: 76, image_tokens: 1120 },
      cost: 0.135348,
    });
  });

  it('has no cost if clients must not see it', () => {
    expect(recordedUsage([record(450, TOKENS)], false)).not.toHaveProperty('cost');
  });

  it.each<[string, readonly ImageRecord[]]>([
    ['there was no call', []],
    ['no call has counts', [record(0, undefined)]],
    ['one call has none', [record(450, TOKENS), record(0, undefined)]],
  ])('is unknown if %s', (_name, records) => {
    expect(recordedUsage(records, true)).toBeUndefined();
  });
});
