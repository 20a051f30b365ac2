import { eventsOf, inAWord } from '../event-stream';
import { startEasel, type ImagesBody, type RunningEasel } from '../running-easel';
import { png, startScriptedUpstream, type ScriptedUpstream } from '../scripted-upstream';

const wrapped = (base64: string, end: string): string => base64.replace(/.{76}/g, `$&${end}`);
const urlSafe = (base64: string): string => Buffer.from(base64, 'base64').toString('base64url');

/** Relays that stand behind a `baseUrl` write Gemini's responses in ways of their own. */
describe('a relay in front of Gemini', () => {
  let upstream: ScriptedUpstream;
  let easel: RunningEasel;
  let small: string;
  let large: string;

  beforeAll(async () => {
    [small, large] = await Promise.all([png(32), png(2000)]);
  });
  afterEach(async () => {
    await easel.close();
    await upstream.close();
  });

  /** Responds with the part, in events or as a whole, as the call asks. */
  async function startWith(body: (path: string) => string): Promise<void> {
    upstream = await startScriptedUpstream(({ path, response }) => {
      const isStream = path.includes('alt=sse');
      response.setHeader('content-type', isStream ? 'text/event-stream' : 'application/json');
      response.end(isStream ? `data: ${body(path)}\r\n\r\n` : body(path));
    });
    easel = await startEasel({ accounts: [{ baseUrl: upstream.url }] });
  }

  const camelCase = (part: object) =>
    JSON.stringify({ candidates: [{ content: { parts: [part] }, finishReason: 'STOP' }] });
  const inlineData = (data: string, mimeType?: string) =>
    camelCase({ inlineData: { data, ...(mimeType === undefined ? {} : { mimeType }) } });

  const WAYS: readonly [string, (base64: string) => string][] = [
    ['base64 in lines', (base64) => inlineData(wrapped(base64, '\n'), 'image/png')],
    ['base64 in lines of MIME', (base64) => inlineData(wrapped(base64, '\r\n'), 'image/png')],
    ['the URL-safe alphabet', (base64) => inlineData(urlSafe(base64), 'image/png')],
    ['a data URI', (base64) => inlineData(`data:image/png;base64,${base64}`, 'image/png')],
    ['a label of octets', (base64) => inlineData(base64, 'application/octet-stream')],
    ['no label', (base64) => inlineData(base64)],
    ['a label that lies', (base64) => inlineData(base64, 'text/plain')],
    [
      'the spelling of the proto files',
      (base64) =>
        JSON.stringify({
          candidates: [
            {
              content: { parts: [{ inline_data: { mime_type: 'image/png', data: base64 } }] },
              finish_reason: 'STOP',
            },
          ],
          usage_metadata: { prompt_token_count: 1, total_token_count: 3 },
        }),
    ],
  ];

  describe.each(WAYS)('that sends %s', (_name, write) => {
    it.each([
      ['a small image', () => small],
      ['a large one', () => large],
    ])('costs one call for %s, given out in standard base64', async (_size, imageOf) => {
      await startWith(() => write(imageOf()));
      const response = await easel.generate({ prompt: 'x' });
      const body = (await response.json()) as ImagesBody;
      expect(response.status).toBe(200);
      expect(body.output_format).toBe('png');
      expect(body.data[0]?.b64_json).toBe(imageOf());
      expect(upstream.calls).toHaveLength(1);
    });

    it('is understood in a stream too', async () => {
      await startWith(() => write(small));
      const events = await eventsOf(
        await easel.generate({ prompt: 'x', stream: true, partial_images: 1 }),
      );
      expect(events.map(inAWord)).toEqual(['completed']);
      expect(events[0]?.data).toMatchObject({ b64_json: small });
      expect(upstream.calls).toHaveLength(1);
    });
  });

  it('shows a draft in standard base64 as well', async () => {
    await startWith(() =>
      JSON.stringify({
        candidates: [
          {
            content: {
              parts: [
                { thought: true, inline_data: { data: wrapped(small, '\n') } },
                { inline_data: { data: urlSafe(large) } },
              ],
            },
            finish_reason: 'STOP',
          },
        ],
      }),
    );
    const events = await eventsOf(
      await easel.generate({ prompt: 'x', stream: true, partial_images: 1 }),
    );
    expect(events.map(inAWord)).toEqual(['partial 0', 'completed']);
    expect(events.map(({ data }) => (data as { b64_json: string }).b64_json)).toEqual([
      small,
      large,
    ]);
  });

  it.each<[string, string, boolean]>([
    ['nothing', '', false],
    ['an empty object', '{}', false],
    ['an empty object', '{}', true],
  ])('costs two calls when it sends %s', async (_name, body, stream) => {
    await startWith(() => body);
    const response = await easel.generate({
      prompt: 'x',
      ...(stream ? { stream, partial_images: 1 } : {}),
    });
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: { code: 'no_image' } });
    expect(upstream.calls).toHaveLength(2);
  });
});
