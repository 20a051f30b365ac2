import { bytesOf, chat, chatBody } from '../chat-client';
import { dataUri, picture, type Bytes } from '../pictures';
import { startEasel, type EaselOptions, type ErrorBody, type RunningEasel } from '../running-easel';
import {
  imagePart,
  png,
  respond,
  respondWithError,
  startScriptedUpstream,
  type ScriptedCall,
  type ScriptedUpstream,
} from '../scripted-upstream';
import { until } from '../until';
import { upstreamBodies } from '../upstream-body';

interface Content {
  readonly role: string;
  readonly parts: readonly {
    readonly text?: string;
    readonly inlineData?: { readonly mimeType: string; readonly data: string };
  }[];
}

const user = (content: unknown) => ({ role: 'user', content });
const image = (url: string) => ({ type: 'image_url', image_url: { url } });
const text = (words: string) => ({ type: 'text', text: words });

/** A turn as it went upstream in one line, each image as the number of its bytes. */
function inALine({ role, parts }: Content): string {
  return `${role}: ${parts
    .map(({ text: words, inlineData }) =>
      inlineData === undefined
        ? words
        : `<${inlineData.mimeType} ${Buffer.from(inlineData.data, 'base64').length}>`,
    )
    .join(' | ')}`;
}

describe('a chat', () => {
  let easel: RunningEasel;

  const start = async (options: EaselOptions = {}) => {
    easel = await startEasel(options);
  };
  afterEach(() => easel.close());

  const turnsSent = () =>
    (upstreamBodies(easel.emulator).at(-1)?.contents as readonly Content[]).map(inALine);
  const sent = () => upstreamBodies(easel.emulator).at(-1) as unknown as Record<string, unknown>;

  it('gives an image as a message', async () => {
    await start();
    const response = await chat(easel, {
      model: 'gemini-3-pro-image',
      messages: [user('a cat')],
      modalities: ['image', 'text'],
    });
    const body = await chatBody(response);
    expect(response.status).toBe(200);
    expect(body).toEqual({
      id: expect.stringMatching(/^chatcmpl-[0-9a-f]{32}$/) as string,
      object: 'chat.completion',
      created: expect.any(Number) as number,
      model: 'gemini-3-pro-image',
      choices: [
        {
          index: 0,
          finish_reason: 'stop',
          logprobs: null,
          message: {
            role: 'assistant',
            content: expect.any(String) as string,
            refusal: null,
            images: [
              {
                type: 'image_url',
                index: 0,
                image_url: {
                  url: expect.stringMatching(
                    /^data:image\/jpeg;base64,[A-Za-z0-9+/]+=*$/,
                  ) as string,
                },
              },
            ],
          },
        },
      ],
      usage: {
        prompt_tokens: expect.any(Number) as number,
        completion_tokens: expect.any(Number) as number,
        total_tokens: expect.any(Number) as number,
        completion_tokens_details: {
          reasoning_tokens: expect.any(Number) as number,
          image_tokens: 1120,
        },
        cost: expect.any(Number) as number,
      },
    });
    expect(Number.isInteger(body.created)).toBe(true);
    expect(bytesOf(body.choices[0]?.message.images?.[0]?.image_url.url).subarray(0, 2)).toEqual(
      Buffer.from([0xff, 0xd8]),
    );
    expect(sent()['generationConfig']).toEqual({ responseModalities: ['TEXT', 'IMAGE'] });
  });

  it('has the headers of the images API', async () => {
    await start();
    const ask = { n: 2, size: '16:9', aspect_ratio: '16:9', image_size: '2K' };
    const response = await chat(easel, { messages: [user('a cat')], ...ask });
    const openAi = await easel.generate({ prompt: 'a cat', ...ask });
    const own = (headers: Headers) =>
      Object.fromEntries(
        [...headers].filter(
          ([name]) =>
            /^(x-|openai-|access-control)/.test(name) &&
            !/x-request-id|processing-ms|x-account-email|x-cost-usd/.test(name),
        ),
      );
    expect(own(response.headers)).toEqual(own(openAi.headers));
    expect(response.headers.get('x-account-email')).toMatch(/^account-\d@test, account-\d@test$/);
    expect(response.headers.get('x-cost-usd')).toBe(
      String((await chatBody(response)).usage?.['cost']),
    );
    expect(response.headers.get('x-mapping-warning')).toContain('size "16:9" is not WIDTHxHEIGHT');
  });

  it.each<[string, object, object]>([
    ['nothing', {}, {}],
    [
      'OpenRouter’s image_config',
      { image_config: { aspect_ratio: '16:9', image_size: '2K' } },
      { aspectRatio: '16:9', imageSize: '2K' },
    ],
    [
      'Google’s extra_body',
      { extra_body: { google: { imageConfig: { aspectRatio: '9:16' } } } },
      { aspectRatio: '9:16' },
    ],
    ['a size', { size: '1920x1080', quality: 'hd' }, { aspectRatio: '16:9', imageSize: '4K' }],
    ['a size in lower case', { image_size: '2k' }, { imageSize: '2K' }],
    [
      'an ending of the model',
      { model: 'gemini-3-pro-image-16x9-4k' },
      { aspectRatio: '16:9', imageSize: '4K' },
    ],
    ['auto', { size: 'auto' }, {}],
  ])('asks for %s', async (_name, fields, imageConfig) => {
    await start();
    const response = await chat(easel, { messages: [user('a cat')], ...fields });
    expect(response.status).toBe(200);
    const { generationConfig } = sent() as { generationConfig: { imageConfig?: object } };
    expect(generationConfig.imageConfig ?? {}).toEqual(imageConfig);
    expect(response.headers.get('x-image-aspect-ratio')).toBe(
      (imageConfig as { aspectRatio?: string }).aspectRatio ?? 'default',
    );
  });

  it('sends temperature, top_p and seed, and no fields that are only for text', async () => {
    await start();
    await chat(easel, {
      messages: [user('a cat')],
      modalities: ['image'],
      temperature: 0.4,
      top_p: 0.9,
      seed: 7,
      max_tokens: 10,
      max_completion_tokens: 10,
      tools: [{ type: 'function', function: { name: 'f', parameters: {} } }],
      tool_choice: 'auto',
      response_format: { type: 'json_object' },
      reasoning_effort: 'high',
      provider: { order: ['x'] },
      plugins: [],
      stop: ['x'],
    });
    expect(sent()).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'a cat' }] }],
      generationConfig: { responseModalities: ['IMAGE'], temperature: 0.4, topP: 0.9, seed: 7 },
    });
  });

  it.each([
    ['openrouter/auto', 'gemini-3-pro-image'],
    ['gemini-3.1-flash-image:image', 'gemini-3.1-flash-image'],
    ['google/gemini-2.5-flash-image', 'gemini-2.5-flash-image'],
    ['gpt-image-1', 'gemini-3-pro-image'],
    [undefined, 'gemini-3-pro-image'],
  ])('takes %s for %s', async (model, expected) => {
    await start();
    const response = await chat(easel, { model, messages: [user('a cat')] });
    expect((await chatBody(response)).model).toBe(expected);
    expect(response.headers.get('x-image-model')).toBe(expected);
  });

  it.each(['gpt-4o', 'gemini-3.8-flash', 'openai/gpt-5-image', 'openrouter/none'])(
    'rejects the model %s',
    async (model) => {
      await start();
      const response = await chat(easel, { model, messages: [user('a cat')] });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({
        error: { code: 'model_not_found', param: 'model', type: 'invalid_request_error' },
      });
      expect(easel.emulator.requests).toHaveLength(0);
    },
  );

  describe('with earlier turns', () => {
    let first: Bytes;
    const size = () => `<image/png ${first.length}>`;

    beforeEach(async () => {
      first = await picture(40, 30);
      await start();
    });

    it.each<[string, () => object]>([
      [
        'in `images`',
        () => ({ role: 'assistant', content: 'Here it is.', images: [image(dataUri(first))] }),
      ],
      [
        'as markdown',
        () => ({ role: 'assistant', content: `Here it is.![image](${dataUri(first)})` }),
      ],
      [
        'as a part',
        () => ({ role: 'assistant', content: [text('Here it is.'), image(dataUri(first))] }),
      ],
    ])('reaches the model as one conversation, its image %s', async (_name, assistant) => {
      const response = await chat(easel, {
        messages: [
          { role: 'system', content: 'Paint with oil.' },
          user('a cat'),
          assistant(),
          user('make it blue'),
        ],
      });
      expect(response.status).toBe(200);
      expect(turnsSent()).toEqual([
        'user: a cat',
        'model: Here it is.',
        `user: ${size()} | make it blue`,
      ]);
      expect(sent()['systemInstruction']).toEqual({ parts: [{ text: 'Paint with oil.' }] });
      const [, , last] = sent()['contents'] as readonly Content[];
      expect(last?.parts[0]?.inlineData?.data).toBe(Buffer.from(first).toString('base64'));
    });

    it('continues from the image it made, in either placement', async () => {
      const made = await chatBody(await chat(easel, { messages: [user('a cat')] }));
      const message = made.choices[0]?.message;
      const bytes = bytesOf(message?.images?.[0]?.image_url.url);
      const { images, ...withText } = message ?? {};
      for (const assistant of [{ role: 'assistant', content: '', images }, withText]) {
        const messages = [user('a cat'), assistant, user('make it blue')];
        expect((await chat(easel, { messages })).status).toBe(200);
        const sentImages = (sent()['contents'] as readonly Content[]).flatMap(({ parts }) =>
          parts.flatMap(({ inlineData }) => (inlineData === undefined ? [] : [inlineData])),
        );
        expect(sentImages).toEqual([{ mimeType: 'image/jpeg', data: bytes.toString('base64') }]);
        expect(turnsSent()[0]).toBe('user: a cat');
        expect(turnsSent().at(-1)).toBe(`user: <image/jpeg ${bytes.length}> | make it blue`);
      }
    });

    it('sends the newest fourteen images, with a warning', async () => {
      const uri = dataUri(first);
      const messages = Array.from({ length: 9 }).flatMap((_, index) => [
        user([text(`turn ${index}`), image(uri)]),
        { role: 'assistant', content: `![](${uri})` },
      ]);
      const response = await chat(easel, { messages: [...messages, user('now')] });
      expect(response.status).toBe(200);
      expect(turnsSent().join().split(size()).length - 1).toBe(14);
      expect(turnsSent().at(-1)).toBe(`user: ${size()} | now`);
      expect(response.headers.get('x-mapping-warning')).toBe(
        'the conversation has 18 images; the newest 14 were sent',
      );
    });

    it('continues without an image of an earlier turn that can no longer be fetched', async () => {
      const gone = image('https://10.0.0.1/gone.png');
      const response = await chat(easel, {
        messages: [
          user([gone, text('a cat')]),
          { role: 'assistant', content: 'Which one?' },
          user([gone]),
          { role: 'assistant', content: 'Here.', images: [image(dataUri(first))] },
          user([image(dataUri(first)), text('both in blue')]),
        ],
      });
      expect(response.status).toBe(200);
      expect(turnsSent()).toEqual([
        'user: a cat',
        'model: Which one?',
        'model: Here.',
        `user: ${size()} | ${size()} | both in blue`,
      ]);
      expect(response.headers.get('x-mapping-warning')).toBe(
        '2 images of earlier turns could not be fetched and were left out',
      );
    });

    it('does not spend money without the image that the prompt is about', async () => {
      const gone = image('https://10.0.0.1/gone.png');
      for (const messages of [
        [user([gone, text('in blue')])],
        [user('a cat'), { role: 'assistant', content: '', images: [gone] }, user('in blue')],
      ]) {
        expect((await chat(easel, { messages })).status).toBe(400);
      }
      expect(easel.emulator.requests).toHaveLength(0);
    });

    it.each<[string, string, string]>([
      ['a private address', 'http://127.0.0.1:1/a.png', 'invalid_image_url'],
      ['no image', 'data:image/png;base64,AAAA', 'unsupported_file_mimetype'],
      ['no base64', 'data:image/png;base64,%%%', 'invalid_value'],
    ])('refuses %s as edits do, wherever it stands', async (_name, url, code) => {
      for (const [messages, param] of [
        [[user([image(url), text('x')])], 'messages[0].content[0].image_url.url'],
        [[user(`x ![](${url})`)], 'messages[0].content'],
        [
          [{ role: 'assistant', content: '', images: [image(url)] }, user('x')],
          'messages[0].images[0].image_url.url',
        ],
      ] as const) {
        const response = await chat(easel, { messages });
        expect(response.status).toBe(400);
        expect(await response.json()).toMatchObject({ error: { code, param } });
      }
      expect(easel.emulator.requests).toHaveLength(0);
    });
  });

  describe('of several images', () => {
    it('has all of them in one message, in order', async () => {
      await start();
      const { choices, usage } = await chatBody(
        await chat(easel, { messages: [user('a cat')], n: 3, modalities: ['image'] }),
      );
      expect(choices).toHaveLength(1);
      const images = choices[0]?.message.images ?? [];
      expect(images.map(({ index }) => index)).toEqual([0, 1, 2]);
      expect(new Set(images.map(({ image_url: { url } }) => url)).size).toBe(3);
      expect(choices[0]?.message.content).toBe('');
      expect(usage).toMatchObject({ completion_tokens_details: { image_tokens: 3 * 1120 } });
      expect(easel.emulator.requests).toHaveLength(3);
    });

    it('leaves out refused images, after one call for each', async () => {
      await start();
      easel.emulator.injectFault({ kind: 'refusal', count: 1 });
      const response = await chat(easel, { messages: [user('a cat')], n: 3 });
      const { choices } = await chatBody(response);
      expect(response.status).toBe(200);
      expect(choices[0]?.message.images?.map(({ index }) => index)).toEqual([0, 1]);
      expect(response.headers.get('x-images-requested')).toBe('3');
      expect(response.headers.get('x-images-returned')).toBe('2');
      expect(easel.emulator.requests).toHaveLength(3);
    });

    it('joins texts by a blank line', async () => {
      await start();
      const one = await chatBody(await chat(easel, { messages: [user('x')], image_config: {} }));
      const two = await chatBody(
        await chat(easel, { messages: [user('x')], image_config: {}, n: 2 }),
      );
      const said = one.choices[0]?.message.content ?? '';
      expect(said).not.toBe('');
      expect(two.choices[0]?.message.content).toBe(`${said}\n\n${said}`);
    });
  });

  it('tries the next account if one is rate-limited, as the Images API does', async () => {
    await start({ accounts: 2 });
    easel.emulator.injectFault({ kind: 'rate_limit', count: 1, retryDelay: '30s' });
    const response = await chat(easel, { messages: [user('a cat')] });
    expect(response.status).toBe(200);
    expect(easel.emulator.requests).toHaveLength(2);
    easel.emulator.injectFault({ kind: 'rate_limit', retryDelay: '30s' });
    const refused = await chat(easel, { messages: [user('a cat')] });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ error: { code: 'rate_limit_exceeded' } });
    expect(easel.emulator.requests).toHaveLength(3);
  });

  it('is refused as the images API refuses', async () => {
    await start();
    easel.emulator.injectFault({ kind: 'refusal' });
    const response = await chat(easel, { messages: [user('a cat')] });
    const openAi = await easel.generate({ prompt: 'a cat' });
    const error = (body: unknown) => {
      const { message, ...rest } = (body as ErrorBody).error;
      return { ...rest, message: message.replace(/req_\w+/, '') };
    };
    expect(response.status).toBe(400);
    expect(error(await response.json())).toEqual(error(await openAi.json()));
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(response.headers.get('x-images-returned')).toBe('0');
    expect(easel.emulator.requests).toHaveLength(2);
  });

  it('stops with its client: no further call, and the account is free', async () => {
    await start({
      accounts: [{ maxConcurrency: 1 }],
      latencyMs: 60_000,
      env: { ABANDONED_TTL_SECONDS: '0' },
    });
    const inFlight = async () => {
      const { data } = (await (await fetch(`${easel.url}/v1/accounts`)).json()) as {
        data: { in_flight: number }[];
      };
      return data[0]?.in_flight;
    };
    for (const stream of [false, true]) {
      const client = new AbortController();
      const gone = chat(easel, { messages: [user('a cat')], n: 2, stream }, {}, client.signal).then(
        (response) => response.text().catch(() => 'gone'),
        () => 'gone',
      );
      await until(async () => (await inFlight()) === 1);
      client.abort();
      expect(await gone).toBe('gone');
      await until(async () => (await inFlight()) === 0);
    }
    expect(easel.emulator.requests).toHaveLength(2);
    await until(
      () => easel.log.filter(({ msg }) => msg.includes('client disconnected')).length === 2,
    );
  });
});

describe('a chat whose model writes', () => {
  let easel: RunningEasel;
  let upstream: ScriptedUpstream;

  async function start(
    script: (call: ScriptedCall) => void | Promise<void>,
    env: Record<string, string> = {},
  ): Promise<void> {
    upstream = await startScriptedUpstream(script);
    easel = await startEasel({ accounts: [{ baseUrl: upstream.url }], env });
  }
  afterEach(async () => {
    await easel.close();
    await upstream.close();
  });

  const json = ({ response }: ScriptedCall, body: object) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const ask = (fields: object = {}, headers = {}) =>
    chat(easel, { messages: [user('a cat')], ...fields }, headers);

  it('returns text without an image, after one call', async () => {
    await start((call) => {
      json(
        call,
        respond([{ text: 'Which ' }, { text: 'Hm', thought: true }, { text: 'cat?' }], 'STOP'),
      );
    });
    const response = await ask();
    const { choices, usage } = await chatBody(response);
    expect(response.status).toBe(200);
    expect(choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'Which cat?' } });
    expect(choices[0]?.message).not.toHaveProperty('images');
    expect(usage).toMatchObject({ prompt_tokens: 3, total_tokens: 1123 });
    expect(response.headers.get('x-images-returned')).toBe('0');
    expect(response.headers.get('x-account-email')).toBe('account-1@test');
    expect(upstream.calls).toHaveLength(1);
    const metrics = await (await fetch(`${easel.url}/metrics`)).text();
    expect(metrics).not.toMatch(/images_total\{[^}]*outcome="failed"[^}]*\} [1-9]/);
  });

  it('returns long texts completely', async () => {
    const words = 'An "unusual" cat\n'.repeat(20_000);
    await start((call) => {
      json(call, respond([{ text: words }], 'STOP'));
    });
    expect((await chatBody(await ask())).choices[0]?.message.content).toBe(words);
  });

  it('reports that the tokens ran out', async () => {
    await start((call) => {
      json(call, respond([{ text: 'Wh' }], 'MAX_TOKENS'));
    });
    expect((await chatBody(await ask())).choices[0]?.finish_reason).toBe('length');
  });

  it.each<[string, object, readonly object[]]>([
    ['where an image alone was asked for', { modalities: ['image'] }, [{ text: 'Which cat?' }]],
    ['without words either', {}, []],
  ])('gives no image as an error %s', async (_name, fields, parts) => {
    await start((call) => {
      json(call, respond(parts, 'STOP'));
    });
    const response = await ask(fields);
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: { code: 'no_image' } });
    expect(upstream.calls).toHaveLength(2);
  });

  it('merges texts and images of several calls', async () => {
    const picture = await png(16);
    await start((call) => {
      json(
        call,
        call.number === 1
          ? respond([{ text: 'Which cat?' }], 'STOP')
          : respond([{ text: 'Here.' }, imagePart(picture)], 'STOP'),
      );
    });
    const response = await ask({ n: 2, modalities: ['text', 'image'] });
    const { message } = (await chatBody(response)).choices[0] ?? {};
    expect(message?.content.split('\n\n').sort()).toEqual(['Here.', 'Which cat?']);
    expect(message?.images).toHaveLength(1);
    expect(response.headers.get('x-images-returned')).toBe('1');
  });

  it.each<
    [
      string,
      Record<string, string>,
      object,
      Record<string, string>,
      { text: boolean; images: boolean },
    ]
  >([
    ['a program that is not known', {}, {}, {}, { text: true, images: true }],
    [
      'one that asks for modalities',
      {},
      { modalities: ['image', 'text'] },
      {},
      { text: false, images: true },
    ],
    ['one that sends an image_config', {}, { image_config: {} }, {}, { text: false, images: true }],
    [
      'one that is known',
      {},
      {},
      { 'user-agent': 'Python/3.11 aiohttp/3.12.15' },
      { text: false, images: true },
    ],
    ['CHAT_IMAGES=images', { CHAT_IMAGES: 'images' }, {}, {}, { text: false, images: true }],
    [
      'CHAT_IMAGES=markdown',
      { CHAT_IMAGES: 'markdown' },
      { modalities: ['image', 'text'] },
      {},
      { text: true, images: false },
    ],
  ])('puts the image where it is read: %s', async (_name, env, fields, headers, expected) => {
    const picture = await png(16);
    await start((call) => {
      json(call, respond([{ text: 'Here.' }, imagePart(picture)], 'STOP'));
    }, env);
    const { message } = (await chatBody(await ask(fields, headers))).choices[0] ?? {};
    const uri = `data:image/png;base64,${picture}`;
    expect(message?.content).toBe(expected.text ? `Here.\n\n![image](${uri})` : 'Here.');
    expect(message?.images?.map((each) => each.image_url.url)).toEqual(
      expected.images ? [uri] : undefined,
    );
  });

  it.each([
    ['webp', {}, {}, 'png'],
    ['webp', {}, { output_format: 'webp' }, 'webp'],
    ['jpeg', { DEFAULT_OUTPUT_FORMAT: 'webp' }, {}, 'jpeg'],
    ['jpeg', { DEFAULT_OUTPUT_FORMAT: 'png' }, {}, 'png'],
    ['jpeg', {}, { image_config: { output_format: 'png' } }, 'png'],
  ] as const)(
    'returns JPEG or PNG unless another format is requested: %s, %j, %j',
    async (made, env, fields, format) => {
      const sharp = (await import('sharp')).default;
      const create = { width: 16, height: 16, channels: 3, background: '#3a6' } as const;
      const data = (await sharp({ create }).toFormat(made).toBuffer()).toString('base64');
      await start((call) => {
        json(call, respond([imagePart(data)], 'STOP'));
      }, env);
      const { message } =
        (await chatBody(await ask({ modalities: ['image'], ...fields }))).choices[0] ?? {};
      expect(message?.images?.[0]?.image_url.url).toMatch(
        new RegExp(`^data:image/${format};base64,`),
      );
    },
  );

  it('counts the calls of accounts that fail', async () => {
    await start((call) => {
      respondWithError(call, 503, 'UNAVAILABLE');
    });
    const response = await ask();
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: { code: 'upstream_error' } });
    expect(response.headers.get('x-account-email')).toBe('account-1@test');
  });
});

describe('background tasks of chat programs', () => {
  let easel: RunningEasel;
  afterEach(() => easel.close());

  const TASK = {
    model: 'gemini-3-pro-image',
    messages: [
      user(
        '### Task:\nGenerate a concise title summarizing the chat history.\n<chat_history>\nUSER: a cat\n</chat_history>',
      ),
    ],
  };

  it('cost nothing', async () => {
    easel = await startEasel();
    const response = await chat(easel, TASK);
    const body = await chatBody(response);
    expect(response.status).toBe(200);
    expect(body).toMatchObject({
      object: 'chat.completion',
      model: 'gemini-3-pro-image',
      choices: [
        { finish_reason: 'stop', message: { role: 'assistant', content: '{"title":"a cat"}' } },
      ],
      usage: { total_tokens: 0 },
    });
    expect(response.headers.get('openai-version')).toBe('2020-10-01');
    expect(easel.emulator.requests).toHaveLength(0);
    expect((await chat(easel, { ...TASK, model: 'gpt-4o' })).status).toBe(404);
  });

  it('are forwarded with CHAT_TASKS=forward', async () => {
    easel = await startEasel({ env: { CHAT_TASKS: 'forward' } });
    expect((await chat(easel, TASK)).status).toBe(200);
    expect(easel.emulator.requests).toHaveLength(1);
  });
});
