import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chat } from '../chat-client';
import { startEasel, type ErrorBody, type RunningEasel } from '../running-easel';

/** As much of a JSON schema as the fields of a request have. */
interface FieldSchema {
  readonly type?: string;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly example?: unknown;
  readonly items?: FieldSchema;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
}

interface EventSchema {
  readonly oneOf?: readonly FieldSchema[];
}

interface Parameter {
  readonly name: string;
  readonly schema?: FieldSchema;
}

interface Document {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly security?: readonly object[];
            readonly parameters?: readonly Parameter[];
            readonly responses: Readonly<
              Record<
                string,
                { readonly content?: Readonly<Record<string, { schema: EventSchema }>> }
              >
            >;
          }
        >
      >
    >
  >;
  readonly components: { readonly schemas: Readonly<Record<string, FieldSchema>> };
}

const DOCUMENT = JSON.parse(
  readFileSync(join(__dirname, '../../docs/openapi.json'), 'utf8'),
) as Document;

/** The least that each route takes, and the model that makes every ratio and every size. */
const LEAST = { prompt: 'x', model: 'gemini-3.1-flash-image' };

/** The fields that hold images: tests of their own send each. */
const IMAGE_FIELDS = [
  'image',
  'images',
  'image_url',
  'image_urls',
  'input_references',
  'mask',
  'markup',
];

/** Texts that stand for the fields which a pattern describes. */
const TEXTS = [
  '1K',
  '2k',
  ' 4K ',
  '512',
  '1024x768',
  ' 1024 × 768 ',
  '8K',
  'K',
  '1024',
  '1:1',
  'x',
  'auto ',
];

interface Try {
  readonly field: string;
  readonly value: unknown;
  readonly isFine: boolean;
}

/** What the document says of a field, as values to send: one on each side of every border. */
function triesOf(field: string, schema: FieldSchema): readonly Try[] {
  const fine = (value: unknown): Try => ({ field, value, isFine: true });
  const wrong = (value: unknown): Try => ({ field, value, isFine: false });
  const { nullable = false, minimum, maximum, pattern } = schema;
  const choices = schema.enum?.filter((value) => value !== null);
  return [
    { field, value: null, isFine: nullable },
    wrong({}),
    ...(choices ?? []).map(fine),
    ...(choices === undefined ? [] : [wrong('neither')]),
    ...(minimum === undefined ? [] : [fine(minimum), wrong(minimum - 1)]),
    ...(maximum === undefined ? [] : [fine(maximum), wrong(maximum + 1)]),
    ...(schema.type === 'integer' ? [wrong('1'), wrong(1.5), wrong(true)] : []),
    ...(schema.type === 'boolean' ? [fine(true), fine(false), wrong('true'), wrong(1)] : []),
    ...(schema.type === 'string' ? [wrong(1), wrong(true)] : []),
    ...(pattern === undefined || schema.type !== 'string'
      ? []
      : TEXTS.map((value) => ({ field, value, isFine: new RegExp(pattern).test(value) }))),
    ...(schema.example === undefined ? [] : [fine(schema.example)]),
  ];
}

/**
 * The document is made of decorators and the rules are code beside them, so each border that the document draws is
 * tried on the running program, from both sides.
 */
describe('the fields in the OpenAPI document', () => {
  let easel: RunningEasel;

  beforeAll(async () => {
    easel = await startEasel();
  });
  afterAll(() => easel.close());

  const { schemas } = DOCUMENT.components;
  const propertiesOf = (name: string) => schemas[name]?.properties ?? {};
  const requiredOf = (name: string) => schemas[name]?.required ?? [];
  const textsOf = (name: string) =>
    Object.entries(propertiesOf(name)).filter(([field]) => !IMAGE_FIELDS.includes(field));
  const triesIn = (name: string) =>
    textsOf(name)
      .flatMap(([field, schema]) => triesOf(field, schema))
      .map((one) => [one.field, JSON.stringify(one.value), one] as const);

  async function expectAsSaid(response: Response, { isFine }: Try): Promise<void> {
    const body = await response.text();
    expect({ status: response.status, told: isFine ? '' : body }).toEqual({
      status: isFine ? 200 : 400,
      told: isFine ? '' : (expect.stringContaining('"error"') as string),
    });
  }

  it.each(triesIn('GenerateImagesJsonDto'))(
    'generations: %s of %s',
    async (_field, _value, one) => {
      await expectAsSaid(await easel.generate({ ...LEAST, [one.field]: one.value }), one);
    },
  );

  const reference = propertiesOf('EditImagesJsonDto')['images']?.items;
  const picture = reference?.properties?.['image_url']?.example;
  const images = [{ image_url: picture }];

  it.each(triesIn('EditImagesJsonDto'))('edits: %s of %s', async (_field, _value, one) => {
    await expectAsSaid(await easel.edit({ ...LEAST, images, [one.field]: one.value }), one);
  });

  it.each(triesIn('OpenRouterImagesDto'))(
    'OpenRouter’s images: %s of %s',
    async (_field, _value, one) => {
      const response = await fetch(`${easel.url}/v1/images`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...LEAST, [one.field]: one.value }),
      });
      await expectAsSaid(response, one);
    },
  );

  it('have one pattern for each name of an image size', () => {
    const names = ['image_size', 'imageSize', 'resolution'];
    const [first = '', ...others] = names.map(
      (name) => propertiesOf('OpenRouterImagesDto')[name]?.pattern,
    );
    expect(first).toContain('512');
    expect(others).toEqual(Array(2).fill(`${first}|^\\s*auto\\s*$`));
  });

  const messages = [{ role: 'user', content: 'x' }];
  const takenApart = ['messages', 'modalities', 'image_config', 'stream_options'];

  it.each(triesIn('ChatCompletionDto').filter(([field]) => !takenApart.includes(field)))(
    'chat: %s of %s',
    async (_field, _value, one) => {
      const body = { model: LEAST.model, messages, [one.field]: one.value };
      await expectAsSaid(await chat(easel, body), one);
    },
  );

  const parameterOf = (path: string, method: string, name: string) =>
    DOCUMENT.paths[path]?.[method]?.parameters?.find((one) => one.name === name)?.schema ?? {};

  it.each([
    ['/v1/organization/costs', 'start_time', ''],
    ['/v1/organization/costs', 'end_time', 'start_time=0&'],
    ['/v1/organization/costs', 'limit', 'start_time=0&end_time=9&'],
    ['/v1/organization/usage/images', 'start_time', ''],
    ['/v1/organization/usage/images', 'limit', 'start_time=0&end_time=9&'],
    ['/v1beta/models', 'pageSize', ''],
  ])('declare the limits of %s?%s that the program enforces', async (path, name, rest) => {
    const { type, minimum, maximum } = parameterOf(path, 'get', name);
    expect({ type, hasMinimum: minimum !== undefined }).toEqual({
      type: 'integer',
      hasMinimum: true,
    });
    const end = name === 'start_time' ? `&end_time=${maximum ?? 0}` : '';
    for (const [value, isFine] of [
      [(minimum ?? 0) - 1, false],
      [minimum, true],
      ...(maximum === undefined ? [] : [[maximum, true] as const, [maximum + 1, false] as const]),
    ] as const) {
      const response = await fetch(`${easel.url}${path}?${rest}${name}=${String(value)}${end}`);
      await response.arrayBuffer();
      // 503 where it is fine: there is no ledger here to read.
      expect({ value, isFine: response.status !== 400 }).toEqual({ value, isFine });
    }
  });

  it.each([
    ['/v1/usage', 'group_by', 'from=2026-11-01'],
    ['/v1/organization/costs', 'group_by', 'start_time=0&end_time=9'],
    ['/v1/organization/usage/images', 'group_by', 'start_time=0&end_time=9'],
  ])('list what %s can be grouped by', async (path, name, rest) => {
    const { type, items } = parameterOf(path, 'get', name);
    const choices = items?.enum ?? [];
    expect([type, choices.length > 0]).toEqual(['array', true]);
    for (const [value, isFine] of [
      [choices.join(','), true],
      [`${String(choices[0])},${String(choices[0])}`, false],
      ['neither', false],
    ] as const) {
      const response = await fetch(`${easel.url}${path}?${rest}&${name}=${value}`);
      await response.arrayBuffer();
      expect({ value, isFine: response.status !== 400 }).toEqual({ value, isFine });
    }
  });

  it('declare the limits of an Idempotency-Key that the program enforces', async () => {
    const { pattern = '^' } = parameterOf('/v1/images/generations', 'post', 'Idempotency-Key');
    for (const [value, isFine] of [
      ['a', true],
      ['x'.repeat(255), true],
      ['x'.repeat(256), false],
      ['two words', false],
      ['', false],
    ] as const) {
      expect({ value, isFine: new RegExp(pattern).test(value) }).toEqual({ value, isFine });
      const response = await easel.generate(LEAST, { 'idempotency-key': value });
      await response.arrayBuffer();
      expect({ value, status: response.status }).toEqual({ value, status: isFine ? 200 : 400 });
    }
  });

  it.each([
    'GenerateImagesJsonDto',
    'EditImagesJsonDto',
    'EditImagesFormDto',
    'VaryImageFormDto',
    'ChatCompletionDto',
  ])('of %s are nullable if they are optional', (name) => {
    const optional = Object.entries(propertiesOf(name)).filter(
      ([field]) => !requiredOf(name).includes(field) && !['mask', 'markup'].includes(field),
    );
    expect(optional.length).toBeGreaterThan(10);
    for (const [field, { nullable, enum: choices }] of optional) {
      expect({ field, nullable }).toEqual({ field, nullable: true });
      // OpenAPI 3.0 takes null only where the list has it as well.
      expect({ field, hasNull: choices?.includes(null) ?? true }).toEqual({
        field,
        hasNull: true,
      });
    }
  });

  it('never offer a transparent background', () => {
    for (const name of ['GenerateImagesJsonDto', 'EditImagesJsonDto', 'EditImagesFormDto']) {
      expect(propertiesOf(name)['background']?.enum).toEqual(['opaque', 'auto', null]);
    }
  });

  it('have as many images as an edit takes', async () => {
    const { minItems = -1, maxItems = -1 } = propertiesOf('EditImagesJsonDto')['images'] ?? {};
    expect(propertiesOf('EditImagesFormDto')['image']).toMatchObject({ minItems, maxItems });
    for (const [count, status] of [
      [minItems - 1, 400],
      [minItems, 200],
      [maxItems, 200],
      [maxItems + 1, 400],
    ] as const) {
      const response = await easel.edit({ ...LEAST, images: Array(count).fill(images[0]) });
      await response.arrayBuffer();
      expect({ count, status: response.status }).toEqual({ count, status });
    }
  });

  it('describe an image by its URL only', async () => {
    expect(reference).toMatchObject({ required: ['image_url'], additionalProperties: false });
    const withMore = await easel.edit({ ...LEAST, images: [{ image_url: picture, detail: 'x' }] });
    expect(((await withMore.json()) as ErrorBody).error.code).toBe('unknown_parameter');
  });

  it.each([
    'a picture',
    'ftp://example.com/a.png',
    'iVBORw0KGgo=',
    'data:image/png,x',
    'data:image/png;base64;x',
    'data:image/png;base64x,x',
    '',
  ])('declare the limits of an image’s URL that the program enforces: %j', async (url) => {
    const pattern = reference?.properties?.['image_url']?.pattern ?? '^';
    expect(new RegExp(pattern).test(url)).toBe(false);
    expect((await easel.edit({ ...LEAST, images: [{ image_url: url }] })).status).toBe(400);
  });

  it('have an example of a mask that fits the example of an image', async () => {
    const mask = propertiesOf('EditImagesJsonDto')['mask'];
    const example = mask?.properties?.['image_url']?.example;
    expect(mask?.nullable).toBe(true);
    const response = await easel.edit({ ...LEAST, images, mask: { image_url: example } });
    await expectAsSaid(response, { field: 'mask', value: example, isFine: true });
    await expectAsSaid(await easel.edit({ ...LEAST, images, mask: null }), {
      field: 'mask',
      value: null,
      isFine: true,
    });
  });

  it('have the operator’s own limit of images', async () => {
    const other = await startEasel({ env: { MAX_IMAGES_PER_REQUEST: '3' } });
    try {
      const served = (await (await fetch(`${other.url}/docs-json`)).json()) as Document;
      const names = Object.keys(served.components.schemas).filter((name) =>
        Object.hasOwn(served.components.schemas[name]?.properties ?? {}, 'n'),
      );
      expect(names).toHaveLength(6);
      for (const name of names) {
        const { n, batch_size: batchSize } = served.components.schemas[name]?.properties ?? {};
        expect([n?.maximum, batchSize?.maximum]).toEqual([3, 3]);
      }
    } finally {
      await other.close();
    }
  });

  it('ask for no key at the probes and hosted images alone', () => {
    const open = Object.entries(DOCUMENT.paths).flatMap(([path, operations]) =>
      Object.values(operations).flatMap(({ security }) => (security?.length === 0 ? [path] : [])),
    );
    expect(open).toEqual(['/healthz', '/readyz', '/files/{file}']);
  });

  it.each([
    ['generations', 'image_generation'],
    ['edits', 'image_edit'],
  ])('describe each event of %s', (route, family) => {
    const { content } = DOCUMENT.paths[`/v1/images/${route}`]?.['post']?.responses['200'] ?? {};
    const { schema } = content?.['text/event-stream'] ?? {};
    expect(schema).toMatchObject({
      oneOf: [`${family}.partial_image`, `${family}.completed`, 'error'].map((name) => ({
        type: 'object',
        properties: { event: { enum: [name] }, data: { type: 'string' } },
      })),
    });
  });

  it('describe the events of every stream, and never as one long string', () => {
    const streams = Object.entries(DOCUMENT.paths).flatMap(([path, operations]) =>
      Object.values(operations).flatMap(({ responses }) => {
        const schema = responses['200']?.content?.['text/event-stream']?.schema;
        return schema === undefined ? [] : [{ path, schema }];
      }),
    );
    expect(streams.length).toBeGreaterThan(5);
    for (const { path, schema } of streams) {
      const events = schema.oneOf ?? [];
      expect({ path, hasEvents: events.length > 0 }).toEqual({ path, hasEvents: true });
      for (const { type, required, properties } of events) {
        expect({ path, type, required, data: properties?.['data']?.type }).toEqual({
          path,
          type: 'object',
          required: expect.arrayContaining(['data']) as string[],
          data: 'string',
        });
      }
    }
  });

  it('describe the body of every status that has one', () => {
    for (const [path, operations] of Object.entries(DOCUMENT.paths)) {
      for (const [method, { responses }] of Object.entries(operations)) {
        const withBody = Object.entries(responses).filter(([status]) => status !== '304');
        for (const [status, { content }] of withBody) {
          const schemasOf = Object.values(content ?? {}).map(({ schema }) => schema);
          expect({ method, path, status, schemas: schemasOf.filter(Boolean).length > 0 }).toEqual({
            method,
            path,
            status,
            schemas: true,
          });
        }
      }
    }
  });
});
