import { IsString, ValidateNested } from 'class-validator';
import { knownFields } from './request-validation.pipe';

class Dto {
  @IsString()
  readonly text!: string;

  @IsString()
  readonly other!: string;

  @ValidateNested()
  readonly nested!: object;
}

describe('knownFields', () => {
  it.each<[string, unknown, unknown]>([
    ['known fields', { text: 'x', other: null }, { text: 'x', other: null }],
    ['unknown fields', { text: 'x', junk: [[]], deep: { a: 1 } }, { text: 'x' }],
    ['an object where none belongs', { text: { a: [1] } }, { text: {} }],
    ['an array where none belongs', { text: [[], []] }, { text: [] }],
    ['an object where one belongs', { nested: { a: [1] } }, { nested: { a: [1] } }],
    ['what is only inherited', Object.create({ text: 'x' }), {}],
    ['keys of the prototype', JSON.parse('{"__proto__":{"text":"x"},"constructor":1}'), {}],
    ['no object', 'x', 'x'],
    ['null', null, null],
  ])('%s', (_name, body, expected) => {
    expect(knownFields(body, Dto)).toEqual(expected);
  });
});
