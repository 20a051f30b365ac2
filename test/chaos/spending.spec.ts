import { mostAtOnce, mostInWindow, type Span } from '../../chaos/spending';

const span = (from: number, to: number): Span => ({ from, to });

describe('mostInWindow', () => {
  it.each<[what: string, spans: readonly Span[], exempt: readonly Span[], most: number]>([
    ['nothing', [], [], 0],
    ['those within a minute', [span(0, 1), span(30, 31), span(58, 59)], [], 3],
    ['no more than were there before a minute was over', [span(0, 1), span(60, 61)], [], 1],
    ['not one that may have come after it', [span(0, 1), span(59, 61)], [], 1],
    ['not one that may have come before it', [span(0, 50), span(40, 41), span(99, 99.5)], [], 2],
    ['the fullest of several', [span(0, 1), span(100, 101), span(110, 111)], [], 2],
    ['no window that touches an exemption', [span(0, 1), span(10, 11)], [span(70, 71)], 2],
    ['what lies beside an exemption', [span(0, 1), span(10, 11), span(80, 81)], [span(5, 75)], 1],
  ])('counts %s', (_what, spans, exempt, most) => {
    expect(mostInWindow(spans, 60, exempt)).toBe(most);
  });
});

describe('mostAtOnce', () => {
  it.each<[what: string, spans: readonly Span[], exempt: readonly Span[], most: number]>([
    ['nothing', [], [], 0],
    ['those that overlap', [span(0, 10), span(5, 15), span(9, 20)], [], 3],
    ['none that has ended when another begins', [span(0, 10), span(10, 20)], [], 1],
    ['them in whatever order', [span(5, 15), span(0, 10)], [], 2],
    ['none that begins in an exemption', [span(0, 10), span(5, 15)], [span(4, 6)], 1],
    ['what began in one and is open after', [span(0, 9), span(5, 15), span(8, 9)], [span(4, 6)], 3],
  ])('counts %s', (_what, spans, exempt, most) => {
    expect(mostAtOnce(spans, exempt)).toBe(most);
  });
});
