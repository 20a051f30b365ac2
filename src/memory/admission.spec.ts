import { givesWay, isAdmitted, type AdmissionQuery } from './admission';

describe('which reservation may grow', () => {
  const query: AdmissionQuery = {
    bytes: 10,
    heldBytes: 50,
    maxBytes: 100,
    isOldest: false,
    hasOlderWaiting: false,
  };

  it.each<[string, Partial<AdmissionQuery>, boolean]>([
    ['what fits', {}, true],
    ['what fits exactly', { bytes: 50 }, true],
    ['a byte too much', { bytes: 51 }, false],
    ['the eldest, however much', { bytes: 1000, isOldest: true }, true],
    ['the eldest, whatever is held', { heldBytes: 1000, isOldest: true }, true],
    ['what fits, but an elder waits', { hasOlderWaiting: true }, false],
    ['nothing, while too much is held', { bytes: 0, heldBytes: 101 }, false],
  ])('%s', (_name, some, expected) => {
    expect(isAdmitted({ ...query, ...some })).toBe(expected);
  });
});

describe('which reservation is dropped', () => {
  it.each<[string, readonly number[], number | undefined]>([
    ['nobody where nobody waits', [], undefined],
    ['nobody where only one waits', [5], undefined],
    ['the youngest', [5, 6, 7], 2],
    ['the youngest that holds something', [5, 6, 0], 1],
    ['not the eldest', [5, 0, 0], undefined],
    ['the younger of two, where the elder has nothing yet', [0, 5], 1],
  ])('%s', (_name, held, expected) => {
    const waiting = held.map((heldBytes) => ({ heldBytes }));
    expect(givesWay(waiting)).toBe(expected === undefined ? undefined : waiting[expected]);
  });
});
