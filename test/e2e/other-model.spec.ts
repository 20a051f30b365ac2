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
const WARNING = `upstream answered with ${SERVED}, which is not the model that was asked for`;

/** Google leads the ids of models that are shut down to others, and bills those. */
describe('a response of another model', () => {
  let easel: RunningEasel;
  let upstream: ScriptedUpstream;
  let versions: unknown[];

  beforeAll(async () => {
    const image = await png(64);
    upstream = await startScriptedUpstream((call) => {
      const modelVersion = versions.length > 1 ? versions.shift() : versions[0];
      const reply = { ...respond([imagePart(image)], 'STOP'), modelVersion };
      if (call.path.includes('alt=sse')) {
        writeEvent(call.response, reply);
        call.response.end();
      } else {
        call.response.writeHead(200, { 'content-type': 'application/json' });
        call.response.end(JSON.stringify(reply));
      }
    });
    easel = await startEasel({ accounts: [{ baseUrl: upstream.url }] });
  });
  afterAll(async () => {
    await easel.close();
    await upstream.close();
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

  it('is told beside what there is to say besides', async () => {
    versions = [SERVED];
    const response = await easel.generate({ prompt: 'x', size: '16:9' });
    expect(response.headers.get('x-mapping-warning')).toBe(
      `size "16:9" is not WIDTHxHEIGHT; used 1:1, ${WARNING}`,
    );
  });

  it('is told in a stream that begins with it, and in the log', async () => {
    versions = [SERVED];
    const response = await easel.generate({ prompt: 'x', stream: true });
    expect((await eventsOf(response)).map(({ name }) => name)).toEqual([
      'image_generation.completed',
    ]);
    expect(response.headers.get('x-mapping-warning')).toBe(WARNING);
    expect((await lineOf(response))?.['images']).toMatchObject({ warnings: [WARNING] });
  });
});
