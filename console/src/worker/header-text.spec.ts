import { headerText } from './header-text';

describe('headerText', () => {
  it.each(['', 'studio@example.com', 's…o@example.com', 'zoë@x.org, 画室@x.org'])('%s', (text) => {
    expect(headerText(String.fromCharCode(...new TextEncoder().encode(text)))).toBe(text);
  });
});
