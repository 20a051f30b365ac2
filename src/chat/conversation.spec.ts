import { JsonBlob } from '../json/json-blob';
import { MAX_TEXT_BYTES, readConversation, type ReadConversation } from './conversation.request';

const A = 'data:image/png;base64,AAAA';
const B = 'https://x.example/b.png';
const user = (content: unknown) => ({ role: 'user', content });
const assistant = (content: unknown, images?: unknown) => ({ role: 'assistant', content, images });
const text = (words: unknown) => ({ type: 'text', text: words });
const picture = (url: unknown) => ({ type: 'image_url', image_url: { url } });

/** The turns in a line each, an image as the URL that its place stands for. */
function turnsOf({ turns, images }: ReadConversation): readonly string[] {
  const urlOf = (place: number): string => {
    const url = images[place]?.url;
    return url instanceof JsonBlob ? url.toText() : String(url);
  };
  return turns.map(
    ({ role, parts }) =>
      `${role}: ${parts.map((part) => ('text' in part ? part.text : `<${urlOf(part.image)}>`)).join(' | ')}`,
  );
}

describe('readConversation', () => {
  it('can omit images of earlier turns, but not those of the prompt', () => {
    const { images } = readConversation([
      user([text('a'), picture(A)]),
      assistant('Here', [picture(B)]),
      user([picture(A), text('b')]),
      assistant('Here', [picture(B)]),
      user([text('c'), picture(A)]),
    ]);
    expect(images.map(({ isContext }) => isContext)).toEqual([
      true,
      true,
      true,
      undefined,
      undefined,
    ]);
  });

  it.each<[string, readonly unknown[], readonly string[]]>([
    ['a prompt', [user('a cat')], ['user: a cat']],
    ['parts', [user([text('a cat'), text('blue')])], ['user: a cat | blue']],
    ['parts that are strings', [user(['a cat', 'blue'])], ['user: a cat | blue']],
    ['an image to edit', [user([text('blue'), picture(A)])], [`user: blue | <${A}>`]],
    ['an image first', [user([picture(B), text('blue')])], [`user: <${B}> | blue`]],
    ['an image alone', [user([picture(A)])], [`user: <${A}>`]],
    ['a bare URL', [user([{ type: 'image_url', image_url: A }])], [`user: <${A}>`]],
    [
      'the words of the Responses API',
      [
        user([
          { type: 'input_text', text: 'x' },
          { type: 'input_image', image_url: A },
        ]),
      ],
      [`user: x | <${A}>`],
    ],
    ['a markdown image', [user(`Make ![this](${A}) blue`)], [`user: Make  | <${A}> |  blue`]],
    [
      'a markdown image in a part',
      [user([text(`![](${A})`), text('blue')])],
      [`user: <${A}> | blue`],
    ],
    [
      'an image of the assistant’s in `images`',
      [user('a cat'), assistant('', [picture(A)]), user('blue')],
      ['user: a cat', `user: <${A}> | blue`],
    ],
    [
      'an image of the assistant’s in its text',
      [user('a cat'), assistant(`Here:\n\n![image](${A})`), user('blue')],
      ['user: a cat', 'model: Here:\n\n', `user: <${A}> | blue`],
    ],
    [
      'an image of the assistant’s as a part',
      [user('a cat'), assistant([text('Here'), picture(A)]), user('blue')],
      ['user: a cat', 'model: Here', `user: <${A}> | blue`],
    ],
    [
      'images of the assistant’s as bare URLs',
      [user('a cat'), assistant(null, [A, { image_url: B }]), user('blue')],
      ['user: a cat', `user: <${A}> | <${B}> | blue`],
    ],
    [
      'tools',
      [
        user('a cat'),
        { role: 'assistant', content: null, tool_calls: [{ id: 'x', function: { name: 'f' } }] },
        { role: 'tool', tool_call_id: 'x', content: 'found' },
        { role: 'function', name: 'f', content: 'found' },
        user('blue'),
      ],
      ['user: a cat', 'user: blue'],
    ],
    [
      'what comes behind the prompt',
      [user('a cat'), assistant('Sure,'), { role: 'tool', content: 'x' }],
      ['user: a cat'],
    ],
    [
      'a last message that says nothing',
      [user('a cat'), user(''), user(null), user([]), user('  \n')],
      ['user: a cat'],
    ],
    [
      'parts of other kinds',
      [
        user([
          { type: 'input_audio', input_audio: {} },
          { type: 'file', file: {} },
          {},
          text('a cat'),
        ]),
      ],
      ['user: a cat'],
    ],
    ['text that is null', [user([text(null), text('a cat')])], ['user: a cat']],
  ])('reads %s', (_name, messages, turns) => {
    expect(turnsOf(readConversation(messages))).toEqual(turns);
  });

  it('joins the texts of the last message to the prompt', () => {
    expect(readConversation([user('a'), user([text('b'), picture(A), text('c')])]).prompt).toBe(
      'b\n\nc',
    );
  });

  it('turns system and developer messages into instructions, wherever they are', () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      user('a cat'),
      { role: 'developer', content: [text('Paint.'), text('')] },
      user('blue'),
    ];
    const read = readConversation(messages);
    expect(read.systemInstruction).toEqual(['Be brief.', 'Paint.']);
    expect(turnsOf(read)).toEqual(['user: a cat', 'user: blue']);
  });

  it('takes the newest 14 images, with a warning that says how many there were', () => {
    const urls = Array.from({ length: 20 }, (_, index) => `https://x.example/${index}.png`);
    const messages = urls.map((url, index) =>
      index % 2 === 0 ? user([text(`turn ${index}`), picture(url)]) : assistant('', [picture(url)]),
    );
    const read = readConversation([...messages, user('now')]);
    expect(read.images.map(({ url }) => url)).toEqual(urls.slice(6));
    expect(turnsOf(read)[0]).toBe('user: turn 0');
    expect(turnsOf(read).at(-1)).toBe(`user: <${urls[19]}> | now`);
    expect(read.warnings).toEqual(['the conversation has 20 images; the newest 14 were sent']);
    expect(readConversation([user('a')]).warnings).toEqual([]);
  });

  it('names the position of each image', () => {
    const { images } = readConversation([
      user([text(`![](${A})`), picture(B)]),
      assistant('', [picture(A)]),
      user(`![](${A})`),
    ]);
    expect(images.map(({ field }) => field.param)).toEqual([
      'messages[0].content[0].text',
      'messages[0].content[1].image_url.url',
      'messages[1].images[0].image_url.url',
      'messages[2].content',
    ]);
  });

  it('does not copy the bytes of an image', () => {
    const bytes = Buffer.from(`data:image/png;base64,${'A'.repeat(5000)}`);
    const content = JsonBlob.from([Buffer.from('Make ![x]('), bytes, Buffer.from(') blue')]);
    const [image] = readConversation([user(content)]).images;
    expect((image?.url as JsonBlob).chunks).toEqual([bytes]);
    expect((image?.url as JsonBlob).chunks[0]?.buffer).toBe(bytes.buffer);
  });

  it.each<[string, unknown, object]>([
    ['nothing', undefined, { param: 'messages', code: 'missing_required_parameter' }],
    ['null', null, { param: 'messages', code: 'missing_required_parameter' }],
    ['a string', 'a cat', { param: 'messages', code: 'invalid_type' }],
    [
      'a long string',
      JsonBlob.from(Buffer.from('a cat')),
      { param: 'messages', code: 'invalid_type' },
    ],
    ['an object', { role: 'user' }, { param: 'messages', code: 'invalid_type' }],
    ['no message', [], { param: 'messages', code: 'empty_array' }],
    ['a message that is null', [null], { param: 'messages[0]', code: 'invalid_type' }],
    ['a message that is a list', [user('a'), []], { param: 'messages[1]', code: 'invalid_type' }],
    ['a message that is text', ['a cat'], { param: 'messages[0]', code: 'invalid_type' }],
    [
      'no role',
      [{ content: 'a cat' }],
      { param: 'messages[0].role', code: 'missing_required_parameter' },
    ],
    [
      'a role that is none',
      [{ role: 'cat', content: '' }],
      { param: 'messages[0].role', code: 'invalid_value' },
    ],
    ['a role that is a number', [{ role: 7 }], { param: 'messages[0].role', code: 'invalid_type' }],
    ['content that is a number', [user(7)], { param: 'messages[0].content', code: 'invalid_type' }],
    [
      'content that is an object',
      [user({})],
      { param: 'messages[0].content', code: 'invalid_type' },
    ],
    [
      'a part that is null',
      [user([null])],
      { param: 'messages[0].content[0]', code: 'invalid_type' },
    ],
    [
      'a part that is a list',
      [user([[]])],
      { param: 'messages[0].content[0]', code: 'invalid_type' },
    ],
    [
      'text that is a number',
      [user([text(7)])],
      { param: 'messages[0].content[0].text', code: 'invalid_type' },
    ],
    [
      'no URL',
      [user([{ type: 'image_url' }])],
      { param: 'messages[0].content[0].image_url', code: 'missing_required_parameter' },
    ],
    [
      'a URL of null',
      [user([picture(null)])],
      { param: 'messages[0].content[0].image_url.url', code: 'missing_required_parameter' },
    ],
    [
      'a URL that is a list',
      [user([picture([])])],
      { param: 'messages[0].content[0].image_url.url', code: 'invalid_type' },
    ],
    [
      'images that are no list',
      [user('a'), assistant('', 7)],
      { param: 'messages[1].images', code: 'invalid_type' },
    ],
    [
      'images that are null',
      [user('a'), assistant('', [null])],
      { param: 'messages[1].images[0].image_url', code: 'missing_required_parameter' },
    ],
    [
      'nothing of the user’s',
      [assistant('Hello'), { role: 'system', content: 'x' }],
      { param: 'messages', code: 'invalid_value' },
    ],
    ['nothing said', [user(''), user(null)], { param: 'messages', code: 'invalid_value' }],
    [
      'text that is no UTF-8',
      [user(JsonBlob.from(Buffer.from([0x61, 0xff])))],
      { param: null, code: null },
    ],
    [
      'too much text',
      [user('x'.repeat(MAX_TEXT_BYTES)), user('x')],
      { param: 'messages', code: 'string_above_max_length' },
    ],
    [
      'too many instructions',
      [user('x'), { role: 'system', content: 'x'.repeat(MAX_TEXT_BYTES + 1) }],
      { param: 'messages', code: 'string_above_max_length' },
    ],
  ])('refuses %s', (_name, messages, fault) => {
    let thrown: unknown;
    try {
      readConversation(messages);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ fault: { kind: 'invalid_request', ...fault } });
  });
});
