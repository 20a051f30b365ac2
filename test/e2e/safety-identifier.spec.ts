import { eventsOf } from '../event-stream';
import { picture } from '../pictures';
import { startEasel, type RunningEasel } from '../running-easel';

/** The end user of a request: OpenAI's `safety_identifier`, or the older `user`. */
describe('the safety identifier', () => {
  let easel: RunningEasel;

  beforeAll(async () => {
    easel = await startEasel();
  });
  afterAll(() => easel.close());

  const RULES: readonly (readonly [object, string | undefined])[] = [
    [{ safety_identifier: 'hash-of-ann', user: 'hash-of-bob' }, 'hash-of-ann'],
    [{ safety_identifier: '', user: 'hash-of-bob' }, 'hash-of-bob'],
    [{ safety_identifier: null, user: 'hash-of-bob' }, 'hash-of-bob'],
    [{ user: 'hash-of-bob' }, 'hash-of-bob'],
    [{ safety_identifier: '', user: '' }, undefined],
    [{}, undefined],
  ];

  it.each(RULES)('%j is returned as %s', async (fields, expected) => {
    const response = await easel.generate({ prompt: 'x', ...fields });
    const body = (await response.json()) as object;
    // Left out where there is none: several clients take a null for a value.
    expect('safety_identifier' in body).toBe(expected !== undefined);
    expect(body).toMatchObject(expected === undefined ? {} : { safety_identifier: expected });
    expect(body).toMatchObject({ background: 'opaque', quality: 'auto' });
  });

  it.each(RULES)('%j is returned in the completed event as %s', async (fields, expected) => {
    const asked = { prompt: 'x', stream: true, partial_images: 1, ...fields };
    const events = await eventsOf(await easel.generate(asked));
    const [partial, completed] = [events[0]?.data, events.at(-1)?.data];
    expect(completed).toMatchObject({ type: 'image_generation.completed' });
    expect((completed as { safety_identifier?: string }).safety_identifier).toBe(expected);
    expect(partial).not.toHaveProperty('safety_identifier');
  });

  it('is returned for forms too', async () => {
    const form = new FormData();
    form.append('image', new Blob([await picture(32, 32)]), 'x.png');
    form.append('safety_identifier', 'hash-of-ann');
    const variation = await easel.vary(form);
    expect(await variation.json()).toMatchObject({ safety_identifier: 'hash-of-ann' });
    form.append('prompt', 'x');
    const edit = await easel.edit(form);
    expect(await edit.json()).toMatchObject({ safety_identifier: 'hash-of-ann' });
  });

  it('is in no line of the log', () => {
    expect(easel.log.length).toBeGreaterThan(0);
    expect(easel.rawLog()).not.toMatch(/hash-of-(ann|bob)/);
  });
});
