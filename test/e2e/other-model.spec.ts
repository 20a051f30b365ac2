import { chat } from '../chat-client';
import { eventsOf } from '../event-stream';
import { startEasel, type ImagesBody, type RunningEasel } from '../running-easel';
import {
  imagePart,
  png,
  respond,
  startScriptedUpstream,
  writeEvent,
  type ScriptedUpstream,
} from '../scripted-upstream';

const SERVED = 'gemini-4-pro-image';
const WARNING = `upstream served the request with ${SERVED} instead of the requested model`;

/** Google leads the ids of models that are shut down to others, and bills those. */
describe('a response of another model', () => {
  let easel: RunningEasel;
  let upstream: ScriptedUpstream;
  let versions: unknown[];
  /** What it has made; an image unless a test says otherwise. */
  let parts: readonly object[];
  let imageParts: readonly object[];

  beforeAll(async () => {
    imageParts = [imagePart(await png(64))];
    upstream = await startScriptedUpstream((call) => {
      const modelVersion = versions.length > 1 ? versions.shift() : versions[0];
      const reply = { ...respond(parts, 'STOP'), modelVersion };
      if (call.path.includes('alt=sse')) {
        writeEvent(call.response, reply);
        call.response.end();
      } else {
        call.response.writeHead(200, { 'content-type': 'application/json' });
        const isStream = call.path.includes('streamGenerateContent');
        call.response.end(JSON.stringify(isStream ? [reply] : reply));
      }
    });
    easel = await startEasel({ accounts: [{ baseUrl: upstream.url }] });
  });
  afterAll(async () => {
    await easel.close();
    await upstream.close();
  });

  beforeEach(() => {
    parts = imageParts;
  });

  const native = (method: string, body: object = {}) =>
    fetch(`${easel.url}/v1beta/models/gemini-3-pro-image:${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'x' }] }], ...body }),
    });
  const lineOf = async (response: Response) => {
    const id = response.headers.get('x-request-id') ?? '';
    const find = () => easel.log.find((line) => line.requestId === id && 'status' in line);
    while (find() === undefined) {
      await new Promise((done) => setTimeout(done, 5));
    }
    return find();
  };

  it.each<[readonly unknown[], string | null]>([
    [['gemini-3-pro-image'], null],
    [['models/gemini-3-pro-image-001'], null],
    [[undefined], null],
    [['no id; a sentence'], null],
    [[SERVED], WARNING],
    [['gemini-3-pro-image', SERVED, SERVED], WARNING],
  ])('of which upstream says %j is told once: %s', async (served, warning) => {
    versions = [...served];
    const response = await easel.generate({ prompt: 'x', n: served.length });
    expect(((await response.json()) as ImagesBody).data).toHaveLength(served.length);
    expect(response.headers.get('x-mapping-warning')).toBe(warning);
    expect((await lineOf(response))?.['images']).toEqual(
      warning === null
        ? expect.not.objectContaining({ warnings: expect.anything() as unknown })
        : expect.objectContaining({ warnings: [warning] }),
    );
  });

  it('gets a warning in addition to others', async () => {
    versions = [SERVED];
    const response = await easel.generate({ prompt: 'x', size: '16:9' });
    expect(response.headers.get('x-mapping-warning')).toBe(
      `size "16:9" is not WIDTHxHEIGHT; used 1:1, ${WARNING}`,
    );
  });

  it('gets a warning in the headers of a stream that begins with it, and in the log', async () => {
    versions = [SERVED];
    const response = await easel.generate({ prompt: 'x', stream: true });
    expect((await eventsOf(response)).map(({ name }) => name)).toEqual([
      'image_generation.completed',
    ]);
    expect(response.headers.get('x-mapping-warning')).toBe(WARNING);
    expect((await lineOf(response))?.['images']).toMatchObject({ warnings: [WARNING] });
  });

  it('gets a warning even without an image, as from a text model', async () => {
    versions = [SERVED];
    parts = [{ text: 'I cannot draw.' }];
    const response = await chat(easel, { messages: [{ role: 'user', content: 'a cat' }] });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-mapping-warning')).toBe(WARNING);
    expect((await lineOf(response))?.['images']).toMatchObject({ warnings: [WARNING] });
  });

  describe('of Gemini’s own API', () => {
    it.each<[string, readonly unknown[], object, string | null]>([
      ['generateContent', ['gemini-3-pro-image'], {}, null],
      ['generateContent', [SERVED], {}, WARNING],
      ['generateContent', ['no id; a sentence'], {}, null],
      [
        'generateContent',
        ['gemini-3-pro-image', SERVED],
        { generationConfig: { candidateCount: 2 } },
        WARNING,
      ],
      ['streamGenerateContent?alt=sse', ['gemini-3-pro-image'], {}, null],
      ['streamGenerateContent?alt=sse', [SERVED], {}, WARNING],
      ['predict', [SERVED], { instances: [{ prompt: 'x' }] }, WARNING],
    ])('%s, of which upstream says %j', async (method, served, body, warning) => {
      versions = [...served];
      const response = await native(method, body);
      const text = await response.text();
      expect(response.status).toBe(200);
      expect(response.headers.get('x-mapping-warning')).toBe(warning);
      // Google's text passes unchanged.
      expect(method === 'predict' || text.includes(String(served[0]))).toBe(true);
      expect((await lineOf(response))?.['images']).toEqual(
        warning === null
          ? expect.not.objectContaining({ warnings: expect.anything() as unknown })
          : expect.objectContaining({ warnings: [warning] }),
      );
    });

    it('an array, whose headers are already sent: only in the log', async () => {
      versions = [SERVED];
      const response = await native('streamGenerateContent');
      expect(await response.text()).toContain(SERVED);
      expect((await lineOf(response))?.['images']).toMatchObject({ warnings: [WARNING] });
    });

    it.each(['generateContent', 'streamGenerateContent?alt=sse'])(
      '%s without an image',
      async (method) => {
        versions = [SERVED];
        parts = [{ text: 'I cannot draw.' }];
        const response = await native(method);
        expect(await response.text()).toContain('I cannot draw.');
        expect(response.headers.get('x-mapping-warning')).toBe(WARNING);
        expect((await lineOf(response))?.['images']).toMatchObject({
          returned: 0,
          warnings: [WARNING],
        });
      },
    );
  });
});
