import { join } from 'node:path';
import { startForkingPython, type ForkingPython } from './forking-python';
import { asInput, inputsOf } from './gemini-inputs';
import { describeWithPython } from './python';
import { expectOneCallEach, IMPATIENCES } from './impatient-sdk';
import { sameHalves } from './sample-images';
import { describedProgram, firstImageOf, type ProgramResult } from './sdk-program';

describeWithPython('the official openai package for Python', 'openai-python', (stage) => {
  const { python, folder } = stage;
  const script = join(folder, 'scenario.py');
  const program = describedProgram(python, script);
  let forking: ForkingPython;

  beforeAll(() => {
    forking = startForkingPython(python, ['openai', 'openai.resources.images']);
  });
  afterAll(() => forking.close());

  const play = async (scenario: string): Promise<ProgramResult> => {
    const args = [`${program.easel.url}/v1`, scenario, program.samples.folder];
    return JSON.parse(await forking.printedBy(script, args)) as ProgramResult;
  };

  it('generates as base64', async () => {
    const result = await play('base64');
    expect(result.response?.data).toHaveLength(2);
    expect(firstImageOf(result).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
    expect(result.requestId).toMatch(/^req_/);
  });

  it('generates as a URL for dall-e-3', async () => {
    const { response } = await play('url');
    expect(response?.data[0]?.url).toMatch(/^data:image\/jpeg;base64,/);
  });

  it('sends fields that only Easel has', async () => {
    expect((await play('own_fields')).response?.size).toBe('1584x672');
  });

  it.each(['path', 'bytes', 'bytes_io', 'open_file', 'tuple'])('edits %s', async (scenario) => {
    const result = await play(scenario);
    expect(firstImageOf(result).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
    // In the tuple it is called a PNG.
    expect(inputsOf(program.easel)).toEqual([asInput(program.samples.jpeg, 'image/jpeg')]);
  });

  it('edits several, in their order', async () => {
    await play('list');
    expect(inputsOf(program.easel)).toEqual([
      asInput(program.samples.jpeg, 'image/jpeg'),
      asInput(program.samples.png, 'image/png'),
      asInput(program.samples.jpeg, 'image/jpeg'),
    ]);
  });

  it('edits with a mask', async () => {
    const edited = firstImageOf(await play('mask'));
    expect(await sameHalves(edited, program.samples.png)).toEqual({ left: true, right: false });
  });

  it.each(['async', 'variation'])('does the same in other ways: %s', async (scenario) => {
    const result = await play(scenario);
    expect(firstImageOf(result).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
    expect(inputsOf(program.easel)).toEqual([asInput(program.samples.png, 'image/png')]);
  });

  it.each([
    ['generate_stream', 'image_generation', 2],
    ['edit_stream', 'image_edit', 1],
  ])('iterates a stream to its end: %s', async (scenario, family, count) => {
    const { events, error } = await play(scenario);
    expect(error).toBeUndefined();
    expect(events.map(({ type }) => type).sort()).toEqual([
      ...Array.from({ length: count }, () => `${family}.completed`),
      ...Array.from({ length: count }, () => `${family}.partial_image`),
    ]);
    for (const { b64_json: image } of events) {
      expect(Buffer.from(image, 'base64').subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
    }
  });

  it('raises the error that ended a stream, after the earlier events', async () => {
    program.easel.emulator.injectFault({ kind: 'cut', afterImages: 1 });
    const { events, error } = await play('edit_stream');
    expect(events.map(({ type }) => type)).toEqual(['image_edit.partial_image']);
    expect(error).toMatchObject({
      name: 'APIError',
      type: 'server_error',
      code: 'upstream_error',
      param: null,
    });
  });

  it('raises a typed error if a field is invalid', async () => {
    const { error } = await play('fault');
    expect(error).toMatchObject({
      name: 'BadRequestError',
      status_code: 400,
      code: 'integer_below_min_value',
      param: 'n',
      type: 'invalid_request_error',
      request_id: expect.stringMatching(/^req_/) as string,
    });
  });

  it('asks once on a refusal', async () => {
    program.easel.emulator.injectFault({ kind: 'refusal' });
    const { error } = await play('url');
    expect(error).toMatchObject({ name: 'BadRequestError', code: 'content_policy_violation' });
    expect(program.easel.emulator.requests).toHaveLength(1);
  });

  it.each(IMPATIENCES)(
    'costs one call for each image when it gives up too soon: %s',
    async (_name, scenario, how) => {
      await expectOneCallEach((baseUrl) => program.imagesOf(scenario, baseUrl), how);
    },
  );
});
