import { unsupportedValue } from './supported-values';

describe('unsupportedValue', () => {
  it.each([
    [['a'], "Invalid value: 'x'. Supported values are: 'a'."],
    [['a', 'b'], "Invalid value: 'x'. Supported values are: 'a' and 'b'."],
    [['a', 'b', 'c'], "Invalid value: 'x'. Supported values are: 'a', 'b', and 'c'."],
  ])('%j', (supported, message) => {
    expect(unsupportedValue('field', 'x', supported).fault).toEqual({
      kind: 'invalid_request',
      code: 'invalid_value',
      param: 'field',
      message,
    });
  });

  it('does not echo a long value whole', () => {
    expect(unsupportedValue('field', 'x'.repeat(5000), ['a']).message.length).toBeLessThan(120);
  });
});
