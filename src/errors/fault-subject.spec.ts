import type { GatewayFault } from './gateway-error';
import { subjectOf, type FaultSubject } from './fault-subject';

const invalid = (param: string | null): GatewayFault => ({
  kind: 'invalid_request',
  message: 'x',
  param,
  code: null,
});

describe('subjectOf', () => {
  it.each<[string, GatewayFault, FaultSubject]>([
    ['a field', invalid('size'), { field: 'size' }],
    ['a field of a field', invalid('messages[0].content'), { field: 'messages[0].content' }],
    ['no field', invalid(null), {}],
    ['a field whose name is a text', invalid('a lighthouse at night'), {}],
    ['a field whose name is long', invalid('a'.repeat(61)), {}],
    ['an image', { kind: 'unreadable_input_image', name: 'image[1]' }, { field: 'image[1]' }],
    [
      'a model',
      { kind: 'model_not_found', model: 'google/gpt-4:free' },
      { model: 'google/gpt-4:free' },
    ],
    ['a model whose name is a text', { kind: 'model_not_found', model: 'a cat\n' }, {}],
    ['anything else', { kind: 'shutting_down' }, {}],
  ])('of %s', (_name, fault, expected) => {
    expect(subjectOf(fault)).toEqual(expected);
  });
});
