import type { ImageRequestFields } from './image-request';
import { hasUnreadableSize, isUnreadable, readSize } from './size-text';

type Fields = Pick<ImageRequestFields, 'size' | 'imageSize'>;

describe('the text that is read as size', () => {
  it.each<[Fields, 'absent' | 'readable' | 'auto' | 'empty' | 'unreadable']>([
    [{}, 'absent'],
    [{ imageSize: '2K' }, 'absent'],
    [{ size: '1024x768' }, 'readable'],
    [{ imageSize: '1024x768' }, 'readable'],
    [{ size: 'auto', imageSize: '1024x768' }, 'auto'],
    [{ size: ' AUTO ' }, 'auto'],
    [{ size: '' }, 'empty'],
    [{ size: ' ' }, 'empty'],
    [{ size: '16:9' }, 'unreadable'],
    [{ size: '0x1080' }, 'unreadable'],
    [{ imageSize: '0x1080' }, 'unreadable'],
  ])('%j is %s', (fields, expected) => {
    const size = readSize({ prompt: 'x', ...fields });
    expect(size?.dimensions !== undefined).toBe(expected === 'readable');
    // Nobody needs to be told of an empty one, but on generations it is 1:1 like any other text.
    expect(size !== undefined && isUnreadable(size)).toBe(expected === 'unreadable');
    expect(hasUnreadableSize({ prompt: 'x', ...fields })).toBe(
      ['unreadable', 'empty'].includes(expected),
    );
  });
});
