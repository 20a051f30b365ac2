import type { AttributeValue } from '@opentelemetry/api';
import { AttributeGroups } from './attribute-groups';
import { EncodedAttributes } from './encoded-attributes';
import { ProtobufWriter } from './protobuf-writer';
import type { SpanAttributes } from './span-attributes';

const FIELD = 9;
const FIRST = { model: 'm', size: '1K', index: 0, reasons: ['STOP'], consumer: undefined };

/** One after the other, without a group. */
function oneByOne(attributes: SpanAttributes, field = FIELD): Buffer {
  const [writer, encoded] = [new ProtobufWriter(), new EncodedAttributes()];
  for (const [key, value] of Object.entries(attributes)) {
    encoded.write(writer, field, key, value);
  }
  return writer.take();
}

function inGroup(groups: AttributeGroups, attributes: SpanAttributes, field = FIELD): Buffer {
  const writer = new ProtobufWriter();
  groups.write(writer, field, attributes);
  return writer.take();
}

const CHANGED: readonly (readonly [string, SpanAttributes])[] = [
  ['nothing', { ...FIRST }],
  ['the first', { ...FIRST, model: 'n' }],
  ['one in the middle', { ...FIRST, size: '4K' }],
  ['two that are neighbours', { ...FIRST, size: '4K', index: 1 }],
  ['two that are not', { ...FIRST, model: 'n', index: 1 }],
  ['all', { model: 'n', size: '4K', index: 1, reasons: ['SAFETY'], consumer: 'c' }],
  ['another type', { ...FIRST, index: '0' }],
  ['a value that is missing now', { ...FIRST, size: undefined }],
  ['a value that was missing', { ...FIRST, consumer: 'c' }],
  ['an item of a list', { ...FIRST, reasons: ['SAFETY'] }],
  ['an item more', { ...FIRST, reasons: ['STOP', 'SAFETY'] }],
  ['no item', { ...FIRST, reasons: [] }],
  ['a text instead of a list', { ...FIRST, reasons: 'STOP' }],
  ['a key fewer at the end', { model: 'm', size: '1K' }],
  ['a key fewer in the middle', { model: 'm', index: 0, reasons: ['STOP'] }],
  ['a key more at the end', { ...FIRST, more: 1 }],
  ['a key more in the middle', { model: 'm', more: 1, size: '1K', index: 0, reasons: ['STOP'] }],
  ['a key, with the same value', { model: 'm', quality: '1K', index: 0, reasons: ['STOP'] }],
  ['another order', { model: 'm', index: 0, size: '1K', reasons: ['STOP'] }],
  ['the key alone', { model: 'm' }],
  ['no key left', {}],
];

describe('AttributeGroups', () => {
  it.each(CHANGED)('writes what has changed and what has not: %s', (_what, attributes) => {
    const groups = new AttributeGroups();
    for (const set of [FIRST, attributes, FIRST, attributes]) {
      expect(inGroup(groups, set)).toEqual(oneByOne(set));
    }
  });

  it('takes a list for the same only if it has no other item', () => {
    const groups = new AttributeGroups();
    for (const reasons of [['STOP', 'SAFETY'], ['STOP'], ['STOP', 'OTHER']]) {
      expect(inGroup(groups, { reasons })).toEqual(oneByOne({ reasons }));
    }
  });

  it('writes a group of two fields as each has it', () => {
    const groups = new AttributeGroups();
    for (const field of [9, 3, 9, 3]) {
      expect(inGroup(groups, FIRST, field)).toEqual(oneByOne(FIRST, field));
    }
  });

  it.each([
    ['of one item', ['STOP'], ['SAFETY']],
    ['of two items', ['STOP', 'SAFETY'], ['STOP', 'OTHER']],
  ])('sees that a list %s was changed in place', (_what, was: string[], is: string[]) => {
    const groups = new AttributeGroups();
    const reasons = [...was];
    inGroup(groups, { reasons });
    reasons.splice(0, Infinity, ...is);
    expect(inGroup(groups, { reasons })).toEqual(oneByOne({ reasons: is }));
  });

  it.each([
    ['once as it was kept', 0, 0],
    ['when they differ', 1, 2],
    ['not any more, once they have differed for long', 40, 0],
  ])('encodes attributes one by one %s', (_what, times, expected) => {
    const groups = new AttributeGroups();
    inGroup(groups, { model: 'm', account: 'a', cost: 1 });
    const changed = { model: 'm', account: 'b', cost: 2 };
    for (let time = 1; time < times; time += 1) {
      inGroup(groups, changed);
    }
    const written = jest.spyOn(EncodedAttributes.prototype, 'write');
    inGroup(groups, times === 0 ? { model: 'm', account: 'a', cost: 1 } : changed);
    expect(written).toHaveBeenCalledTimes(expected);
    written.mockRestore();
  });

  it('keeps a group again only after twice as many differences', () => {
    const groups = new AttributeGroups();
    const written = jest.spyOn(EncodedAttributes.prototype, 'write');
    // A group is encoded as a whole when it is kept, and this attribute alone otherwise.
    const keptAt: number[] = [];
    for (let id = 0; id <= 64 + 128 + 256; id += 1) {
      written.mockClear();
      inGroup(groups, { id: `id-${id}`, model: 'm' });
      if (written.mock.calls.some(([, , key]) => key === 'model')) {
        keptAt.push(id);
      }
    }
    written.mockRestore();
    expect(keptAt).toEqual([0, 64, 64 + 128, 64 + 128 + 256]);
  });

  it('keeps no long text', () => {
    const groups = new AttributeGroups();
    const values: AttributeValue[] = ['x'.repeat(256), 'x'.repeat(257)];
    const written = jest.spyOn(EncodedAttributes.prototype, 'write');
    const encodedAgain = values.map((value) => {
      inGroup(groups, { [`of ${String(value).length}`]: value });
      written.mockClear();
      inGroup(groups, { [`of ${String(value).length}`]: value });
      return written.mock.calls.length;
    });
    written.mockRestore();
    expect(encodedAgain).toEqual([0, 1]);
  });
});
