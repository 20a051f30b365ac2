import { bytesOf, chat, chunksOf, inWords } from '../chat-client';
import { startEasel, type RunningEasel } from '../running-easel';
import {
  imagePart,
  png,
  respond,
  respondWithError,
  startScriptedUpstream,
  writeEvent,
  type ScriptedCall,
  type ScriptedUpstream,
} from '../scripted-upstream';
import { until } from '../until';

const MESSAGES = [{ role: 'user', content: 'a cat' }];
const WITH_TEXT = { modalities: ['image', 'text'] };

describe('the stream of a chat', () => {
  let easel: RunningEasel;
  let upstream: ScriptedUpstream;
  let picture: string;

  beforeAll(async () => {
    picture = await png(32);
  });

  async function start(
    script: (call: ScriptedCall) => void | Promise<void>,
    options: {
      readonly env?: Record<string, string>;
      readonly accounts?: number;
      readonly maxConcurrency?: number;
    } = {},
  ): Promise<void> {
    upstream = await startScriptedUpstream(script);
    const accounts = Array.from({ length: options.accounts ?? 1 }, () => ({
      baseUrl: upstream.url,
      maxConcurrency: options.maxConcurrency ?? 4,
    }));
    easel = await startEasel({ accounts, env: options.env ?? {} });
  }
  afterEach(async () => {
    await easel.close();
    await upstream.close();
  });

  const ask = (fields: object = {}, headers = {}) =>
    chat(easel, { messages: MESSAGES, stream: true, ...fields }, headers);
  const told = async (response: Response) => chunksOf(await response.text()).map(inWords);
  /** What the stream says until a text is in it; more may come. */
  const readUntil = async (response: Response, wanted: string) => {
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let text = '';
    while (!text.includes(wanted)) {
      const { value, done } = await reader.read();
      if (done) {
        throw new Error(`the stream ended before ${wanted}`);
      }
      text += Buffer.from(value).toString();
    }
    reader.releaseLock();
    return text;
  };

  const speak = (call: ScriptedCall, ...events: readonly object[]): void => {
    if (!call.path.includes('alt=sse')) {
      call.response.writeHead(200, { 'content-type': 'application/json' });
      call.response.end(JSON.stringify(respond(events, 'STOP')));
      return;
    }
    events.forEach((part, index) => {
      writeEvent(call.response, respond([part], index === events.length - 1 ? 'STOP' : undefined));
    });
    call.response.end();
  };

  it('has OpenAI’s chunks, in order, and ends with [DONE]', async () => {
    await start((call) => {
      speak(call, { text: 'Here ' }, { text: 'it is.' }, imagePart(picture));
    });
    const response = await ask({ ...WITH_TEXT, stream_options: { include_usage: true } });
    const body = await response.text();
    const chunks = chunksOf(body);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('x-account-email')).toBe('account-1@test');
    expect(response.headers.get('x-images-requested')).toBe('1');
    expect(response.headers.get('x-images-returned')).toBeNull();
    expect(body).not.toContain('event:');
    expect(chunks.map(inWords)).toEqual([
      'role',
      'text Here ',
      'text it is.',
      'images 0',
      'stop',
      'usage',
    ]);
    expect(chunks[0]).toEqual({
      id: expect.stringMatching(/^chatcmpl-/) as string,
      object: 'chat.completion.chunk',
      created: expect.any(Number) as number,
      model: 'gemini-3-pro-image',
      choices: [
        {
          index: 0,
          delta: { role: 'assistant', content: '' },
          logprobs: null,
          finish_reason: null,
        },
      ],
      usage: null,
    });
    expect(new Set(chunks.map((chunk) => (chunk as { id?: string }).id)).size).toBe(1);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 1123 } });
    const [image] = chunks[3]?.choices?.[0]?.delta.images ?? [];
    expect(bytesOf(image?.image_url.url).toString('base64')).toBe(picture);
  });

  it('sends no usage unless it is requested', async () => {
    await start((call) => {
      speak(call, imagePart(picture));
    });
    const chunks = chunksOf(await (await ask(WITH_TEXT)).text());
    expect(chunks.map(inWords)).toEqual(['role', 'images 0', 'stop']);
    expect(chunks.some((chunk) => 'usage' in chunk)).toBe(false);
  });

  it('begins once an account is leased, and sends text before the image', async () => {
    let finish: () => void = () => undefined;
    await start((call) => {
      writeEvent(call.response, respond([{ text: 'I paint.' }]));
      finish = () => {
        writeEvent(call.response, respond([imagePart(picture)], 'STOP'));
        call.response.end();
      };
    });
    const response = await ask(WITH_TEXT);
    expect(await readUntil(response, 'I paint.')).toContain('"role":"assistant"');
    finish();
    expect(await readUntil(response, '[DONE]')).toContain('"images"');
  });

  it('begins before the upstream sends anything', async () => {
    let call: ScriptedCall | undefined;
    await start((each) => {
      call = each;
    });
    const response = await ask({ modalities: ['image'] });
    expect(response.status).toBe(200);
    expect(await readUntil(response, '\n\n')).toContain('"role":"assistant"');
    await until(() => call !== undefined);
    expect(call?.path).not.toContain('alt=sse');
    speak(call as ScriptedCall, imagePart(picture));
    await readUntil(response, '[DONE]');
  });

  it('begins without an account if the wait is long, and sends keep-alive comments', async () => {
    const calls: ScriptedCall[] = [];
    await start(
      (call) => {
        calls.push(call);
      },
      { env: { STREAM_KEEP_ALIVE_MS: '100' }, maxConcurrency: 1 },
    );
    const first = ask({ modalities: ['image'] });
    await until(() => calls.length === 1);
    const second = await ask({ modalities: ['image'] });
    expect(second.headers.get('x-account-email')).toBeNull();
    const begun = await readUntil(second, ': keepalive\n\n');
    expect(begun).toMatch(/^data: \{.*"role":"assistant"/);
    expect(begun.split('"role"')).toHaveLength(2);
    speak(calls[0] as ScriptedCall, imagePart(picture));
    expect(await told(await first)).toEqual(['role', 'images 0', 'stop']);
    await until(() => calls.length === 2);
    speak(calls[1] as ScriptedCall, imagePart(picture));
    expect(await readUntil(second, '[DONE]')).not.toContain('"role"');
  });

  it('has the image in the text for programs that only show text', async () => {
    await start((call) => {
      speak(call, { text: 'Here.' }, imagePart(picture));
    });
    const uri = `data:image/png;base64,${picture}`;
    expect(await told(await ask())).toEqual([
      'role',
      'text Here.',
      'images 0',
      `text \n\n![image](${uri})`,
      'stop',
    ]);
  });

  it('has the image and the text of each call separately', async () => {
    await start((call) => {
      speak(call, { text: `Here is ${call.number}.` }, imagePart(picture));
    });
    const words = await told(await ask({ ...WITH_TEXT, n: 3 }));
    expect(words.filter((each) => each.startsWith('images'))).toEqual([
      'images 0',
      'images 1',
      'images 2',
    ]);
    const said = words.filter((each) => each.startsWith('text')).map((each) => each.slice(5));
    expect(said.join('').split('\n\n').sort()).toEqual(['Here is 1.', 'Here is 2.', 'Here is 3.']);
    expect(words.at(-1)).toBe('stop');
    expect(upstream.calls).toHaveLength(3);
  });

  it('has the other images if one of several fails', async () => {
    await start(
      (call) => {
        if (call.number === 2) {
          speak(call);
          return;
        }
        speak(call, imagePart(picture));
      },
      { env: { MAX_ATTEMPTS_PER_IMAGE: '1' } },
    );
    const words = await told(await ask({ modalities: ['image'], n: 3 }));
    expect(words).toEqual(['role', 'images 0', 'images 1', 'stop']);
  });

  it('may have text without an image', async () => {
    await start((call) => {
      speak(call, { text: 'Which cat?' });
    });
    expect(await told(await ask(WITH_TEXT))).toEqual(['role', 'text Which cat?', 'stop']);
    expect(upstream.calls).toHaveLength(1);
  });

  it('reports that the tokens ran out', async () => {
    await start((call) => {
      writeEvent(call.response, respond([{ text: 'Wh' }], 'MAX_TOKENS'));
      call.response.end();
    });
    expect(await told(await ask(WITH_TEXT))).toEqual(['role', 'text Wh', 'length']);
  });

  it('ends in a refusal with its reason in the text', async () => {
    const usageMetadata = { promptTokenCount: 7, totalTokenCount: 27 };
    await start((call) => {
      writeEvent(call.response, { ...respond([], 'IMAGE_SAFETY'), usageMetadata });
      call.response.end();
    });
    const response = await ask({ ...WITH_TEXT, stream_options: { include_usage: true } });
    const chunks = chunksOf(await response.text());
    expect(chunks.map(inWords)).toEqual([
      'role',
      expect.stringMatching(/^text Your request was rejected by the safety system\./) as string,
      'content_filter',
      'usage',
    ]);
    // Twenty tokens of thoughts at 12 millionths of a dollar, and seven at two.
    expect(chunks.at(-1)?.usage).toEqual({
      prompt_tokens: 7,
      completion_tokens: 20,
      total_tokens: 27,
      completion_tokens_details: { reasoning_tokens: 20, image_tokens: 0 },
      cost: 0.000254,
    });
    expect(upstream.calls).toHaveLength(1);
    await until(() => easel.log.some(({ msg }) => msg.startsWith('POST /v1/chat')));
    expect(easel.log.find(({ msg }) => msg.startsWith('POST /v1/chat'))).toMatchObject({
      status: 200,
      failedWith: 400,
      fault: 'moderation_blocked',
    });
  });

  it('ends with an error and [DONE] if all calls fail after it has begun', async () => {
    await start(
      (call) => {
        respondWithError(call, 503, 'UNAVAILABLE');
      },
      { env: { MAX_ATTEMPTS_PER_IMAGE: '1' } },
    );
    const chunks = chunksOf(await (await ask(WITH_TEXT)).text());
    expect(chunks.map(inWords)).toEqual(['role', 'error upstream_error']);
    expect(chunks.at(-1)).toEqual({
      error: {
        message: expect.any(String) as string,
        type: 'server_error',
        param: null,
        code: 'upstream_error',
      },
    });
  });

  it('continues with the next account, with its text separated', async () => {
    await start(
      (call) => {
        if (call.number === 1) {
          writeEvent(call.response, respond([{ text: 'I begin.' }]));
          setTimeout(() => {
            call.response.destroy();
          }, 50);
          return;
        }
        speak(call, { text: 'I paint.' }, imagePart(picture));
      },
      { accounts: 2 },
    );
    expect(await told(await ask(WITH_TEXT))).toEqual([
      'role',
      'text I begin.',
      'text \n\nI paint.',
      'images 0',
      'stop',
    ]);
    expect(upstream.calls).toHaveLength(2);
  });

  it('is an ordinary error response if no account can serve it', async () => {
    await start(() => undefined);
    const response = await ask({}, { 'x-account-email': 'nobody@test' });
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(upstream.calls).toHaveLength(0);
  });

  it('replies to background tasks in chunks too', async () => {
    await start(() => undefined);
    const messages = [
      { role: 'user', content: '### Task:\nGenerate 1-3 broad tags categorizing the main themes' },
    ];
    const response = await ask({ messages, stream_options: { include_usage: true } });
    expect(await told(response)).toEqual(['role', 'text {"tags":["General"]}', 'stop', 'usage']);
    expect(upstream.calls).toHaveLength(0);
  });
});
