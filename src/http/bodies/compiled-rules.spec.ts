import 'reflect-metadata';
import {
  IsOptional,
  IsString,
  MaxLength,
  Min,
  ValidateBy,
  ValidateNested,
  validateSync,
} from 'class-validator';
import fc from 'fast-check';
import { breaksNoRule } from './compiled-rules';

const isEven = (value: unknown): boolean => typeof value === 'number' && value % 2 === 0;
const Even = () => ValidateBy({ name: 'even', validator: { validate: isEven } });

class Plain {
  @IsString()
  @MaxLength(3)
  name?: unknown;

  @Even()
  @Min(2)
  count?: unknown;
}
class Heir extends Plain {
  @IsString()
  more?: unknown;
}
class Optional {
  @IsOptional()
  @IsString()
  name?: unknown;
}
class Each {
  @IsString({ each: true })
  names?: unknown;
}
class Grouped {
  @IsString({ groups: ['some'] })
  name?: unknown;
}
class Nested {
  @ValidateNested()
  plain?: unknown;
}
class Waiting {
  @ValidateBy({ name: 'later', validator: { validate: () => Promise.resolve(true) } })
  name?: unknown;
}

describe('breaksNoRule', () => {
  it.each<[string, object, boolean]>([
    ['all is well', Object.assign(new Plain(), { name: 'abc', count: 2 }), true],
    [
      'an inherited rule and one of its own',
      Object.assign(new Heir(), { name: 'a', count: 2, more: 'b' }),
      true,
    ],
    ['one rule of two broken', Object.assign(new Plain(), { name: 'abcd', count: 2 }), false],
    [
      'an inherited rule broken',
      Object.assign(new Heir(), { name: 'abcd', count: 2, more: 'b' }),
      false,
    ],
    ['a rule broken by what is absent', Object.assign(new Plain(), { name: 'abc' }), false],
    [
      'a field without a rule, which has to be dropped',
      Object.assign(new Plain(), { name: 'a', count: 2, x: 1 }),
      false,
    ],
    ['a rule that depends on others', Object.assign(new Optional(), { name: 'a' }), false],
    ['a rule for each element', Object.assign(new Each(), { names: ['a'] }), false],
    ['a rule for some uses', Object.assign(new Grouped(), { name: 'a' }), false],
    ['an object within', Object.assign(new Nested(), { plain: new Plain() }), false],
    ['a rule that has to wait', Object.assign(new Waiting(), { name: 'a' }), false],
    ['nothing to break', {}, true],
  ])('%s', (_name, object, expected) => {
    expect(breaksNoRule(object)).toBe(expected);
  });

  it('agrees with class-validator on everything that it decides', () => {
    const value = fc.oneof(
      fc.anything(),
      fc.string({ maxLength: 4 }),
      fc.integer({ min: -4, max: 4 }),
    );
    const bodies = fc.record({ name: value, count: value, more: value }, { requiredKeys: [] });
    fc.assert(
      fc.property(bodies, (body) => {
        const object = Object.assign(new Heir(), body);
        expect(breaksNoRule(object)).toBe(validateSync(object).length === 0);
      }),
    );
  });
});
