import { isValidSpanId, isValidTraceId } from '@opentelemetry/api';
import { hexOf, SpanIds, wordsOf } from './span-ids';

describe('SpanIds', () => {
  it('are valid, and never the same', () => {
    const ids = new SpanIds();
    const traces = Array.from({ length: 2000 }, () => ids.hex(ids.draw(4), 4));
    const spans = Array.from({ length: 2000 }, () => ids.hex(ids.draw(2), 2));
    expect(traces.every((id) => isValidTraceId(id))).toBe(true);
    expect(spans.every((id) => isValidSpanId(id))).toBe(true);
    // A span id that is part of a trace id was cut from the same text twice.
    const halves = traces.flatMap((id) => [id.slice(0, 16), id.slice(16)]);
    expect(new Set([...halves, ...spans]).size).toBe(6000);
  });

  it('are the same in words as in hex', () => {
    const ids = new SpanIds();
    for (let times = 0; times < 1000; times += 1) {
      const at = ids.draw(2);
      const hex = ids.hex(at, 2);
      const words = [ids.word(at), ids.word(at + 1)];
      expect(hexOf(words)).toBe(hex);
      expect(wordsOf(hex)).toEqual(words);
    }
  });
});

it.each([
  ['0000000000000001', [0, 0x01000000]],
  ['01000000000000ff', [1, -0x01000000]],
  ['ffffffffffffffff', [-1, -1]],
])('the words of %s are %j', (hex, words) => {
  expect(wordsOf(hex)).toEqual(words);
  expect(hexOf(words)).toBe(hex);
});
