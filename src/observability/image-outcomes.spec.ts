import type { ImagesOutcome } from '../context/request-outcome';
import { imageOutcomes } from './image-outcomes';

const note = (requested: number, returned: number) => ({
  model: 'gemini-3-pro-image',
  requested,
  returned,
  attempts: requested,
  accounts: ['studio@example.com'],
});

describe('imageOutcomes', () => {
  it.each<[string, ImagesOutcome | undefined, boolean, object]>([
    ['all made', note(2, 2), true, { made: 2 }],
    ['some made', note(3, 1), true, { made: 1, failed: 2 }],
    ['none made', note(1, 0), true, { failed: 1 }],
    ['the client left before any came', note(4, 0), false, { abandoned: 4 }],
    ['the client left midway', note(4, 3), false, { made: 3, abandoned: 1 }],
    ['a request that was not understood', undefined, true, {}],
  ])('%s', (_name, given, isSent, expected) => {
    const outcomes = imageOutcomes(given, isSent);
    expect(Object.fromEntries(outcomes.map(({ outcome, count }) => [outcome, count]))).toEqual(
      expected,
    );
    expect(JSON.stringify(outcomes)).not.toContain('@');
  });
});
