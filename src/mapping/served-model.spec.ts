import { otherModel, otherModelWarning } from './served-model';

const PRO = 'gemini-3-pro-image';

describe('otherModel', () => {
  it.each<[string, unknown, string | undefined]>([
    [PRO, PRO, undefined],
    [PRO, `models/${PRO}`, undefined],
    [PRO, `publishers/google/models/${PRO}`, undefined],
    [PRO, 'Gemini-3-Pro-Image', undefined],
    [PRO, `${PRO}-001`, undefined],
    [PRO, `${PRO}@006`, undefined],
    [PRO, `${PRO}-2026-05-28`, undefined],
    [PRO, `${PRO}-preview`, undefined],
    [PRO, `${PRO}-preview-05-20`, undefined],
    [PRO, 'nano-banana-pro-preview', undefined],
    [PRO, 'gemini-4-pro-image', 'gemini-4-pro-image'],
    [PRO, 'models/gemini-4-pro-image', 'gemini-4-pro-image'],
    [PRO, `${PRO}-lite`, `${PRO}-lite`],
    ['gemini-3.1-flash-image', 'gemini-3.1-flash-lite-image', 'gemini-3.1-flash-lite-image'],
    ['gemini-2.5-flash-image', 'gemini-2.5-flash', 'gemini-2.5-flash'],
    // They say nothing.
    [PRO, undefined, undefined],
    [PRO, null, undefined],
    [PRO, '', undefined],
    [PRO, 5, undefined],
    [PRO, 'a sentence of upstream', undefined],
    [PRO, 'x'.repeat(200), undefined],
    [PRO, 'gemini\r\nx: y', undefined],
  ])('asked for %s, served by %j: %j', (asked, version, expected) => {
    expect(otherModel(asked, version)).toBe(expected);
  });

  it('is named in the warning', () => {
    expect(otherModelWarning('gemini-4-pro-image')).toContain('gemini-4-pro-image');
  });
});
