import { LogLoss } from './log-loss';

describe('LogLoss', () => {
  const first =
    'The log cannot be written (ENOSPC): its lines are dropped and counted, requests are served as before.';
  type Step = readonly ['lost' | 'written' | 'ended', number, string | undefined];

  it.each<[string, readonly Step[]]>([
    [
      'says nothing where nothing is lost',
      [
        ['written', 0, undefined],
        ['ended', 0, undefined],
      ],
    ],
    [
      'says once that lines are lost, and at the end how many',
      [
        ['lost', 0, first],
        ['lost', 1, undefined],
        ['ended', 2, '2 lines of the log were lost, because it could not be written.'],
      ],
    ],
    [
      'says how many were lost when it works again, and begins anew',
      [
        ['lost', 0, first],
        ['written', 10_000, 'The log is written again: 1 line of the log was lost.'],
        ['written', 10_001, undefined],
        ['lost', 10_002, first],
      ],
    ],
    [
      'takes a disk that is nearly full for one outage',
      [
        ['lost', 0, first],
        ['written', 1, undefined],
        ['lost', 9_000, undefined],
        ['written', 18_999, undefined],
        ['written', 19_000, 'The log is written again: 2 lines of the log were lost.'],
      ],
    ],
  ])('%s', (_name, steps) => {
    const loss = new LogLoss();
    for (const [event, now, text] of steps) {
      const said =
        event === 'lost'
          ? loss.lost(1, 'ENOSPC', now)
          : event === 'written'
            ? loss.written(now)
            : loss.ended(0);
      expect(said).toBe(text);
    }
  });

  it('counts lines that wait at the end as lost', () => {
    expect(new LogLoss().ended(3)).toMatch(/^3 lines of the log were lost/);
  });
});
