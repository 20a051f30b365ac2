import { applyStyle } from './prompt-style';

describe('applyStyle', () => {
  it.each(['a cat', ' a cat \n', ''])('does not change %j without a style', (prompt) => {
    expect(applyStyle(prompt, undefined)).toEqual({ prompt });
  });

  it.each([
    ['vivid', 'a cat\n\nStyle: vivid, with rich colours and dramatic contrast.'],
    ['natural', 'a cat\n\nStyle: natural, with true-to-life colours and soft light.'],
  ] as const)('%s: appends its phrase and returns the prompt', (style, prompt) => {
    expect(applyStyle('a cat', style)).toEqual({ prompt, revisedPrompt: prompt });
  });
});
