import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asInput, inputsOf } from './gemini-inputs';
import { expectOneCallEach, IMPATIENCES } from './impatient-sdk';
import { describeWithNewerNode } from './newer-node';
import { sameHalves } from './sample-images';
import { describedProgram, firstImageOf } from './sdk-program';

describeWithNewerNode('the official openai package, 7.x', 'openai-v7', ({ node, folder }) => {
  const program = describedProgram({ program: node }, join(folder, 'scenario.mjs'));
  const { play } = program;

  it('has a name for no image model that is not listed', async () => {
    const types = readFileSync(join(folder, 'node_modules/openai/resources/images.d.ts'), 'utf8');
    const [, union = ''] = /export type ImageModel = ([^;]+);/.exec(types) ?? [];
    const known = [...union.matchAll(/'([^']+)'/g)].map(([, id]) => id);
    expect(known.length).toBeGreaterThan(10);
    const response = await fetch(`${program.easel.url}/v1/models`);
    const { data } = (await response.json()) as { data: readonly { readonly id: string }[] };
    expect(data.map(({ id }) => id)).toEqual(expect.arrayContaining(known));
  });

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

  it('edits one file made of bytes', async () => {
    const result = await play('file');
    expect(firstImageOf(result).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
    expect(inputsOf(program.easel)).toEqual([asInput(program.samples.png, 'image/png')]);
  });

  it('edits an open file', async () => {
    await play('streamedFile');
    expect(inputsOf(program.easel)).toEqual([asInput(program.samples.jpeg, 'image/jpeg')]);
  });

  it('edits several open files, in their order', async () => {
    await play('streamedFiles');
    expect(inputsOf(program.easel)).toEqual([
      asInput(program.samples.jpeg, 'image/jpeg'),
      asInput(program.samples.png, 'image/png'),
    ]);
  });

  it('edits with a mask', async () => {
    const edited = firstImageOf(await play('mask'));
    expect(await sameHalves(edited, program.samples.png)).toEqual({ left: true, right: false });
  });

  it('makes a variation', async () => {
    const { response } = await play('variation');
    expect(response?.data).toHaveLength(1);
    expect(inputsOf(program.easel)).toEqual([asInput(program.samples.png, 'image/png')]);
  });

  it.each([
    ['generateStream', 'image_generation', 2],
    ['editStream', 'image_edit', 1],
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

  it('throws the error that ended a stream, after the earlier events', async () => {
    program.easel.emulator.injectFault({ kind: 'cut', afterImages: 1 });
    const { events, error } = await play('editStream');
    expect(events.map(({ type }) => type)).toEqual(['image_edit.partial_image']);
    expect(error).toMatchObject({ type: 'server_error', code: 'upstream_error' });
    expect(error?.['requestID']).toMatch(/^req_/);
  });

  it('throws a typed error if a field is invalid', async () => {
    const { error } = await play('fault');
    expect(error).toMatchObject({
      name: 'BadRequestError',
      status: 400,
      code: 'integer_below_min_value',
      param: 'n',
      type: 'invalid_request_error',
    });
    expect(error?.['requestID']).toMatch(/^req_/);
  });

  it('asks once on a refusal', async () => {
    program.easel.emulator.injectFault({ kind: 'refusal' });
    const { error } = await play('base64');
    expect(error).toMatchObject({ name: 'BadRequestError', code: 'moderation_blocked' });
    // The request asks for two images.
    expect(program.easel.emulator.requests).toHaveLength(2);
  });

  it.each(IMPATIENCES)(
    'costs one call for each image when it gives up too soon: %s',
    async (_name, scenario, how) => {
      await expectOneCallEach((baseUrl) => program.imagesOf(scenario, baseUrl), how);
    },
  );
});
