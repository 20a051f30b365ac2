import { balloons, blossoms, lanterns, nightSky, printBorder, snow } from './additions';
import { moodOf } from './mood';
import type { Scene } from './scene';

describe('moodOf', () => {
  it.each<[string, Scene]>([
    ['Make it NIGHT!', nightSky],
    ['a winter’s day', snow],
    ['a warm evening', lanterns],
    ['cherry blossoms', blossoms],
    ['like an old photograph', printBorder],
    ['with a balloon', balloons],
  ])('hears it in %j', (prompt, additions) => {
    expect(moodOf(prompt).additions).toBe(additions);
  });

  it('matches only whole words, and always gives the same prompt the same mood', () => {
    const prompts = Array.from({ length: 40 }, (_, index) => `nightingale ${index}`);
    const moods = prompts.map(moodOf);
    expect(new Set(moods).size).toBeGreaterThan(3);
    expect(prompts.map(moodOf)).toEqual(moods);
  });
});
