import { justifiedRows, neighbour, runFrames } from './grid-layout';
import { axis, daysOf, lastMonths, monthAfter, partNames, usageChart } from './usage-chart';
import { codeColours } from './code-colours';

const RULES = {
  width: 1000,
  target: 200,
  gap: 10,
  captionHeight: 20,
  headingHeight: 30,
  top: 0,
  minWidth: 0,
};

describe('justifiedRows', () => {
  it('fills each row but the last, and crops nothing', () => {
    const items = [1.8, 1, 0.6, 1.5, 1.5].map((ratio) => ({ ratio, group: '' }));
    const { boxes } = justifiedRows(items, RULES);
    const rows = new Map<number, number>();
    boxes.forEach(({ left, top, width, height }, index) => {
      rows.set(top, left + width);
      expect(width / height).toBeCloseTo(items[index]?.ratio ?? 0);
    });
    const ends = [...rows.values()];
    expect(ends[0]).toBeCloseTo(1000);
    expect(ends.at(-1)).toBeLessThanOrEqual(1000);
  });

  it('begins a group with its heading and a new row', () => {
    const items = ['Yesterday', 'Yesterday', '26 November'].map((group) => ({ ratio: 1, group }));
    const { boxes } = justifiedRows(items, RULES);
    expect(boxes.map(({ heading }) => heading)).toEqual(['Yesterday', undefined, '26 November']);
    expect(boxes[0]?.top).toBe(30);
    expect(boxes[2]?.top).toBe(30 + 200 + 20 + 14 + 30);
  });

  it.each([328, 668, 1000])('leaves each picture room for its buttons, in %i px', (width) => {
    const minWidth = 264;
    const items = [1, 1, 0.5625, 0.25, 1.8, 0.25, 1, 8, 0.6].map((ratio) => {
      return { ratio, group: '' };
    });
    const { boxes } = justifiedRows(items, { ...RULES, width, minWidth });
    boxes.forEach((box, index) => {
      const room = boxes[index + 1];
      const end = room?.top === box.top ? room.left - RULES.gap : width;
      expect(end - box.left).toBeGreaterThanOrEqual(minWidth - 0.001);
      expect(box.left + box.width).toBeLessThanOrEqual(end + 0.001);
      expect(box.width / box.height).toBeCloseTo(items[index]?.ratio ?? 0);
    });
  });

  it('makes one that is wider than everything as wide as there is room', () => {
    expect(justifiedRows([{ ratio: 8, group: '' }], RULES).boxes[0]?.width).toBeCloseTo(1000);
  });
});

describe('runFrames', () => {
  const rules = {
    width: 1000,
    gap: 10,
    captionHeight: 20,
    tallest: 400,
    isNarrow: false,
    minWidth: 0,
  };

  it.each([
    [1, 16 / 9, false, 1],
    [2, 16 / 9, false, 2],
    [3, 1, false, 3],
    [4, 16 / 9, false, 2],
    [5, 9 / 16, false, 5],
    [10, 1, false, 3],
    [4, 1, true, 1],
  ])('%i of ratio %p, narrow %p, stand in %i columns', (count, ratio, isNarrow, columns) => {
    const { boxes } = runFrames(count, ratio, { ...rules, isNarrow });
    expect(new Set(boxes.map(({ left }) => left)).size).toBe(columns);
    expect(Math.max(...boxes.map(({ height }) => height))).toBeLessThanOrEqual(400.001);
  });

  it.each([
    [328, 1],
    [668, 2],
    [1000, 3],
  ])('has room for the buttons of each in %i px: %i columns', (width, columns) => {
    const { boxes } = runFrames(5, 9 / 16, { ...rules, width, minWidth: 264 });
    const lefts = [...new Set(boxes.map(({ left }) => left))];
    expect(lefts).toHaveLength(columns);
    expect(Math.max(...lefts) + 264).toBeLessThanOrEqual(width);
  });
});

describe('neighbour', () => {
  const boxes = [
    [0, 0],
    [100, 0],
    [0, 100],
    [100, 100],
    [0, 200],
  ].map(([left = 0, top = 0]) => ({ left, top, width: 100, height: 100, heading: undefined }));

  it.each([
    [0, 'ArrowRight', 1],
    [1, 'ArrowDown', 3],
    [3, 'ArrowUp', 1],
    [3, 'ArrowDown', 4],
    [4, 'ArrowDown', 4],
    [0, 'ArrowLeft', 0],
    [2, 'Home', 0],
    [2, 'End', 4],
  ])('of %i by %s is %i', (from, key, expected) => {
    expect(neighbour(boxes, from, key)).toBe(expected);
  });
});

describe('usageChart', () => {
  const item = (consumer: string, usd: number, day?: string) => ({
    consumer,
    usd,
    images: 1,
    failed: 0,
    requests: 1,
    input_tokens: 0,
    output_tokens: 0,
    ...(day !== undefined && { day }),
  });

  it('has colours for five, and the rest together', () => {
    const items = [1, 2, 3, 4, 5, 6].map((usd) => item(`c${usd}`, usd));
    expect(partNames(items, 'consumer')).toEqual(['c6', 'c5', 'c4', 'c3', 'all others']);
    expect(partNames(items.slice(1), 'consumer')).toEqual(['c6', 'c5', 'c4', 'c3', 'c2']);
  });

  it('adds up each day by part', () => {
    const days = ['2026-11-01', '2026-11-02'];
    const items = [
      item('a', 2, '2026-11-01'),
      item('b', 1, '2026-11-01'),
      item('z', 3, '2026-11-01'),
    ];
    expect(usageChart(items, ['a', 'all others'], days, 'consumer', 'usd').bars).toEqual([
      { day: '2026-11-01', parts: [2, 4], total: 6 },
      { day: '2026-11-02', parts: [0, 0], total: 0 },
    ]);
  });

  it.each([
    [72.3, false, [0, 20, 40, 60, 80]],
    [0, false, [0, 1, 2, 3, 4]],
    [3, true, [0, 1, 2, 3, 4]],
    [0.9, false, [0, 0.25, 0.5, 0.75, 1]],
  ])('an axis up to %p (whole %p) has round steps', (max, isWhole, expected) => {
    expect(axis(max, isWhole)).toEqual(expected);
  });

  it('knows the days of a month up to today', () => {
    expect(daysOf('2026-11', '2026-11-03')).toEqual(['2026-11-01', '2026-11-02', '2026-11-03']);
    expect(daysOf('2024-02', '2026-11-03')).toHaveLength(29);
    expect(monthAfter('2026-12')).toBe('2027-01');
    expect(lastMonths('2026-01-31', 3)).toEqual(['2026-01', '2025-12', '2025-11']);
  });
});

it('colours words, strings and comments, and loses no letter', () => {
  const code = "# pip\nimport os\nprint('#import')\n";
  const pieces = codeColours(code);
  expect(pieces.map(({ text }) => text).join('')).toBe(code);
  expect(pieces.filter(({ kind }) => kind !== 'plain')).toEqual([
    { text: '# pip', kind: 'comment' },
    { text: 'import', kind: 'word' },
    { text: "'#import'", kind: 'string' },
  ]);
});
