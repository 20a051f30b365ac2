import 'reflect-metadata';
import { EditImagesDto } from '../dto/edit-images.dto';
import { VaryImageDto } from '../dto/vary-image.dto';
import { formValues } from './form-values';

const fieldsOf = (texts: Readonly<Record<string, string>>) =>
  Object.entries(texts).map(([name, value]) => ({ name, value }));

const valuesOf = (texts: Readonly<Record<string, string>>) =>
  formValues(fieldsOf(texts), new Set(Object.keys(texts)));

describe('formValues', () => {
  it.each<[string, string, unknown]>([
    ['n', '2', 2],
    ['n', ' 2 ', 2],
    ['n', '+2', 2],
    ['n', '-1', -1],
    ['n', '007', 7],
    ['seed', '99999999999999999999', 1e20],
    ['n', '1' + '0'.repeat(299), 1e299],
    ['seed', '-1' + '0'.repeat(25), -1e25],
    ['stream', 'true', true],
    ['stream', 'True', true],
    ['stream', '1', true],
    ['stream', 'FALSE', false],
    ['stream', '0', false],
    ['size', '2', '2'],
    ['size', '', undefined],
    ['n', '', undefined],
    ['stream', '', undefined],
    ['prompt', '', ''],
    ['n', '1.0', 1],
    ['n', '2.', 2],
    ['seed', '-3.000', -3],
    ['user', 'true', 'true'],
    ['prompt', ' a boat ', ' a boat '],
    ['prompt', 'null', 'null'],
    ['n', 'null', undefined],
    ['stream', 'null', undefined],
    ['size', 'null', undefined],
    ['size', 'NULL', 'NULL'],
  ])('%s="%s" is %p', (name, text, value) => {
    expect(valuesOf({ [name]: text })).toEqual({ [name]: value });
  });

  it.each([
    ['n', ' '],
    ['n', 'abc'],
    ['n', '1.5'],
    ['n', '1.01'],
    ['n', '.0'],
    ['n', '1e3'],
    ['n', '0x10'],
    ['n', '１'],
    ['n', 'NaN'],
    ['n', '9'.repeat(301)],
    ['stream', 'yes'],
    ['stream', '2'],
  ])('%s="%s" is refused', (name, text) => {
    expect(() => valuesOf({ [name]: text })).toThrow(
      /^Invalid type for '\w+': expected an? \w+, but got a string value that could not be converted into an? \w+\.$/,
    );
  });

  it('refuses repeated fields, even as null, and ignores unknown ones', () => {
    const twice = [...fieldsOf({ n: 'null' }), ...fieldsOf({ n: '1' })];
    expect(() => formValues(twice, new Set(['n']))).toThrow("Duplicate parameter: 'n'.");
    expect(formValues([...twice, ...fieldsOf({ size: 'x' })], new Set(['size']))).toEqual({
      size: 'x',
    });
  });

  it('makes an own property of any name', () => {
    const values = formValues([{ name: '__proto__', value: 'x' }], new Set(['__proto__']));
    expect(Object.keys(values)).toEqual(['__proto__']);
  });

  it.each([EditImagesDto, VaryImageDto])('converts every field of %p that is no text', (dto) => {
    const prototype = dto.prototype as object;
    const names = (
      Reflect.getMetadata('swagger/apiModelPropertiesArray', prototype) as readonly string[]
    ).map((name) => name.slice(1));
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) {
      const { type } = Reflect.getMetadata('swagger/apiModelProperties', prototype, name) as {
        readonly type: unknown;
      };
      const value = valuesOf({ [name]: '1' })[name];
      const expected = { integer: 1, Boolean: true, String: '1' };
      const kind = typeof type === 'function' ? type.name : String(type);
      expect({ name, value }).toEqual({ name, value: expected[kind as keyof typeof expected] });
    }
  });
});
