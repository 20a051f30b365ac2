import { withoutMissing, type Conversation, type TurnPart } from './conversation';

const image = (place: number): TurnPart => ({ image: place });
const text = (words: string): TurnPart => ({ text: words });

function conversation(...parts: readonly (readonly TurnPart[])[]): Conversation {
  return {
    turns: parts.map((each, index) => ({ role: index % 2 === 0 ? 'user' : 'model', parts: each })),
    systemInstruction: ['oil'],
    wantsText: true,
    warnings: [],
  };
}

describe('withoutMissing', () => {
  it.each<[string, readonly number[], readonly (readonly TurnPart[])[]]>([
    ['nothing', [], [[image(0), text('a')], [text('b')], [image(1), text('c'), image(2)]]],
    ['the first', [0], [[text('a')], [text('b')], [image(0), text('c'), image(1)]]],
    ['the second', [1], [[image(0), text('a')], [text('b')], [text('c'), image(1)]]],
    ['two', [0, 1], [[text('a')], [text('b')], [text('c'), image(0)]]],
    ['all', [0, 1, 2], [[text('a')], [text('b')], [text('c')]]],
  ])('leaves out %s, and numbers the others anew', (_name, missing, expected) => {
    const all = conversation([image(0), text('a')], [text('b')], [image(1), text('c'), image(2)]);
    const { turns, ...others } = withoutMissing(all, missing);
    expect(turns.map(({ parts }) => parts)).toEqual(expected);
    expect(others).toEqual({ systemInstruction: ['oil'], wantsText: true, warnings: [] });
  });

  it('omits a turn with no other content', () => {
    const { turns } = withoutMissing(conversation([image(0)], [text('b')], [text('c')]), [0]);
    expect(turns).toEqual([
      { role: 'model', parts: [text('b')] },
      { role: 'user', parts: [text('c')] },
    ]);
  });
});
