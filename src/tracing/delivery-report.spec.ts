import { DeliveryReport } from './delivery-report';

describe('DeliveryReport', () => {
  const AWAY =
    'traces cannot be delivered (ECONNREFUSED): they are dropped, requests are served as before';
  type Step = readonly ['failed' | 'delivered', number, string | undefined];

  it.each<[string, readonly Step[]]>([
    ['says nothing where all is delivered', [['delivered', 3, undefined]]],
    [
      'says once that it is not',
      [
        ['failed', 3, AWAY],
        ['failed', 3, undefined],
      ],
    ],
    [
      'says how many were lost, and begins anew',
      [
        ['failed', 3, AWAY],
        ['failed', 4, undefined],
        ['delivered', 1, 'traces are delivered again: 7 spans were lost'],
        ['delivered', 1, undefined],
        ['failed', 1, AWAY],
        ['delivered', 1, 'traces are delivered again: 1 span was lost'],
      ],
    ],
  ])('%s', (_name, steps) => {
    const report = new DeliveryReport();
    for (const [event, spans, text] of steps) {
      const said = event === 'failed' ? report.failed(spans, 'ECONNREFUSED') : report.delivered();
      expect(said).toBe(text);
    }
  });
});
