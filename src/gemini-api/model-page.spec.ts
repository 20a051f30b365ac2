import { modelPage } from './model-page';

const LIST = ['a', 'b', 'c', 'd', 'e'];

describe('modelPage', () => {
  it('pages through a list', () => {
    const pages: string[][] = [];
    let token: string | undefined = '';
    while (token !== undefined) {
      const page: ReturnType<typeof modelPage<string>> = modelPage(LIST, '2', token);
      pages.push([...page.items]);
      token = page.nextPageToken;
    }
    expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  it.each([undefined, '0', '50', '100000'])('has all on one page for a size of %s', (size) => {
    expect(modelPage(LIST, size)).toEqual({ items: LIST });
  });

  it.each<[unknown, unknown]>([
    ['-1', ''],
    ['x', ''],
    ['', ''],
    [['1', '2'], ''],
    ['1', 'x'],
    ['1', Buffer.from('from 9').toString('base64url')],
    ['1', ['x']],
  ])('refuses a size of %j with a token of %j', (size, token) => {
    expect(() => modelPage(LIST, size, token)).toThrow();
  });
});
