import { ConsumerLabels } from './consumer-labels';

describe('ConsumerLabels', () => {
  it.each<[number, readonly string[], readonly string[]]>([
    [2, ['a', 'b', 'c', 'a', 'c', 'b'], ['a', 'b', 'other', 'a', 'other', 'b']],
    [0, ['a', 'b'], ['other', 'other']],
    [3, ['a', 'a', 'b'], ['a', 'a', 'b']],
  ])('with %i: %j become %j', (most, names, labels) => {
    const consumers = new ConsumerLabels(most);
    expect(names.map((name) => consumers.of(name))).toEqual(labels);
  });

  it('has a label for requests without a consumer', () => {
    expect(new ConsumerLabels(9).of(undefined)).toBe('other');
  });
});
