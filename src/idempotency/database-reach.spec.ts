import { DatabaseReach, type DatabaseFailure } from './database-reach';

const NOW = 1_000_000;

describe('DatabaseReach', () => {
  it.each<[string, readonly (DatabaseFailure | 'responded')[], boolean]>([
    ['nothing was asked', [], false],
    ['one question is late', ['late'], false],
    ['two are', ['late', 'late'], false],
    ['three are', ['late', 'late', 'late'], true],
    ['three are, with a response in between', ['late', 'late', 'responded', 'late'], false],
    ['three are, with a refusal in between', ['late', 'late', 'refused', 'late'], false],
    ['there is no connection', ['unreachable'], true],
    ['it refuses each question', ['refused', 'refused', 'refused', 'refused'], false],
    ['it has responded since', ['unreachable', 'responded'], false],
    ['one is late after a response', ['unreachable', 'responded', 'late'], false],
  ])('where %s, is away or not', (_name, events, isAway) => {
    const reach = new DatabaseReach();
    for (const event of events) {
      if (event === 'responded') {
        reach.responded();
      } else {
        reach.failed(event, NOW);
      }
    }
    expect(reach.isAway(NOW)).toBe(isAway);
    expect(reach.isAway(NOW + 5000)).toBe(false);
  });
});
