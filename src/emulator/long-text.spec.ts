import fc from 'fast-check';

import { LongText, parseLongJson } from './long-text';

const LENGTH = 70_000;

async function parse(text: string): Promise<unknown> {
  const parsed = await parseLongJson(Buffer.from(text));
  if (!parsed.ok) {
    throw parsed.error;
  }
  return parsed.value;
}

/** The value with its long texts as strings again. */
function plain(value: unknown): unknown {
  if (value instanceof LongText) {
    return value.text;
  }
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]))
    : value;
}

describe('parseLongJson', () => {
  it('reads what JSON.parse reads, with long and short strings of any content', async () => {
    const long = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 20 })
      .map((unit) => unit.repeat(LENGTH));
    const value = fc.array(
      fc.oneof({ weight: 4, arbitrary: fc.jsonValue() }, { weight: 1, arbitrary: long }),
      { maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(value, fc.boolean(), async (json, pretty) => {
        const text = JSON.stringify(json, null, pretty ? 2 : 0);
        expect(plain(await parse(text))).toEqual(JSON.parse(text));
      }),
      { numRuns: 40 },
    );
  });

  it.each(['standard', 'URL-safe', 'unpadded', 'escaped'])(
    'decodes long base64, %s',
    async (form) => {
      const bytes = Buffer.from(
        Array.from({ length: 300_001 }, (_, index) => (index * 7919) % 256),
      );
      const standard = bytes.toString('base64');
      const forms: Readonly<Record<string, string>> = {
        standard,
        'URL-safe': bytes.toString('base64url'),
        unpadded: standard.replaceAll('=', ''),
        escaped: standard.replaceAll('=', '\\u003d').replaceAll('/', '\\/'),
      };
      const value = await parse(`["${forms[form] ?? ''}"]`);
      expect(Array.isArray(value) ? value[0] : value).toBeInstanceOf(LongText);
      expect((value as readonly LongText[])[0]?.decoded?.equals(bytes)).toBe(true);
    },
  );

  it.each([
    ['a space', `${'A'.repeat(LENGTH)} ${'A'.repeat(LENGTH)}`],
    ['a data URI', `data:image/png;base64,${'A'.repeat(LENGTH)}`],
    ['padding in the middle', `${'A'.repeat(LENGTH)}==${'A'.repeat(LENGTH)}`],
    ['too much padding', `${'A'.repeat(LENGTH)}===`],
    ['words', 'Ein Fuchs, ä. '.repeat(LENGTH)],
  ])('finds no base64 in %s', async (_, text) => {
    const value = (await parse(JSON.stringify([text]))) as readonly LongText[];
    expect(value[0]).toMatchObject({ decoded: undefined, text });
    expect(JSON.stringify(value[0])).toHaveLength(123);
  });

  it.each([
    '{"a":',
    `["${'A'.repeat(LENGTH)}"`,
    `["${'A'.repeat(LENGTH)}`,
    `"${'A'.repeat(LENGTH)}" x`,
  ])('reports that it is not JSON: %.20s', async (text) => {
    const parsed = await parseLongJson(Buffer.from(text));
    expect(parsed.ok ? parsed.value : parsed.error).toBeInstanceOf(SyntaxError);
  });

  it('reads a missing body as an empty message', async () => {
    expect(await parse(' ')).toEqual({});
  });

  it('yields the event loop', async () => {
    let turns = 0;
    const counting = setInterval(() => (turns += 1), 0);
    await parse(`["${'A'.repeat(16 * 1024 * 1024)}"]`);
    clearInterval(counting);
    expect(turns).toBeGreaterThan(5);
  });
});
