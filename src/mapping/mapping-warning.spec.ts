import fc from 'fast-check';
import { quotable, toWarning } from './mapping-warning';

describe('toWarning', () => {
  it.each([
    ['size "16:9" is not WIDTHxHEIGHT; used 1:1', 'size "16:9" is not WIDTHxHEIGHT; used 1:1'],
    ['a\r\nX-Evil: 1', 'a??X-Evil: 1'],
    ['tab\tnul\0del\x7f', 'tab?nul?del?'],
    ['größe', 'gr??e'],
    ['🎨', '?'],
    ['\ud83c', '?'],
    ['x'.repeat(201), `${'x'.repeat(197)}...`],
    ['x'.repeat(200), 'x'.repeat(200)],
  ])('%j → %j', (text, expected) => {
    expect(toWarning(text)).toBe(expected);
  });

  it('is printable ASCII of at most 200 characters for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        expect(toWarning(text)).toMatch(/^[\x20-\x7e]{0,200}$/);
      }),
    );
  });
});

describe('quotable', () => {
  it.each([
    ['short', 'short'],
    ['x'.repeat(60), 'x'.repeat(60)],
    ['x'.repeat(61), `${'x'.repeat(57)}...`],
    [`${'x'.repeat(56)}🎨🎨🎨`, `${'x'.repeat(56)}...`],
  ])('%j → %j', (text, expected) => {
    expect(quotable(text)).toBe(expected);
  });
});
