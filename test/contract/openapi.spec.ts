import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEasel, type RunningEasel } from '../running-easel';

interface OpenApi {
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly summary?: string;
            readonly tags?: readonly string[];
            readonly responses: Record<string, unknown>;
            readonly parameters?: readonly { readonly name: string; readonly in: string }[];
            readonly requestBody?: {
              readonly content: Readonly<
                Record<string, { readonly examples?: Record<string, { readonly value: object }> }>
              >;
            };
          }
        >
      >
    >
  >;
  readonly components: {
    readonly schemas: Record<string, { properties?: Record<string, object> }>;
  };
}

type Operation = OpenApi['paths'][string][string];

/** Routes that need no key: only these may omit the 401. */
const OPEN = ['/healthz', '/readyz', '/files/{file}'];

/** The decorators that the method or its controller has yet to get, with what each is for. */
function lackingDecorators(
  path: string,
  operation: Operation,
  listedTags: readonly string[],
): readonly string[] {
  const { summary = '', tags = [], responses, parameters = [] } = operation;
  const declared = parameters.filter((one) => one.in === 'path').map(({ name }) => name);
  const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return [
    // Without a tag, Nest makes one of the controller's name.
    ...(tags.some((tag) => listedTags.includes(tag))
      ? []
      : ['@ApiTags(…) that src/openapi.ts lists']),
    ...(summary === '' ? ['@ApiOperation({ summary })'] : []),
    ...named.filter((name) => !declared.includes(name)).map((name) => `@ApiParam of ${name}`),
    ...declared.filter((name) => !named.includes(name)).map((name) => `no @ApiParam of ${name}`),
    ...('401' in responses || OPEN.includes(path)
      ? []
      : ['@ApiErrors(ACCESS_ERRORS), for the 401']),
    ...('403' in responses ? [] : ['@ApiErrors(ACCESS_ERRORS), for the 403']),
  ];
}

describe('lackingDecorators', () => {
  const whole = { summary: 'x', tags: ['Models'], responses: { 401: {}, 403: {} } };
  const parameters = [{ name: 'id', in: 'path' }];
  it.each<[string, string, Operation, readonly string[]]>([
    ['nothing', '/v1/models', whole, []],
    [
      'a tag',
      '/v1/models',
      { ...whole, tags: ['Other'] },
      ['@ApiTags(…) that src/openapi.ts lists'],
    ],
    ['a summary', '/v1/models', { ...whole, summary: '' }, ['@ApiOperation({ summary })']],
    ['a parameter', '/v1/models/{id}', whole, ['@ApiParam of id']],
    ['no parameter that is there', '/v1/models/{id}', { ...whole, parameters }, []],
    ['a parameter less', '/v1/models', { ...whole, parameters }, ['no @ApiParam of id']],
    [
      'the responses to who has no key',
      '/v1/models',
      { ...whole, responses: {} },
      ['@ApiErrors(ACCESS_ERRORS), for the 401', '@ApiErrors(ACCESS_ERRORS), for the 403'],
    ],
    ['no 401 where no key is needed', '/healthz', { ...whole, responses: { 403: {} } }, []],
  ])('tells of %s', (_, path, operation, expected) => {
    expect(lackingDecorators(path, operation, ['Images', 'Models'])).toEqual(expected);
  });
});

describe('the OpenAPI document', () => {
  let easel: RunningEasel;
  let served: OpenApi;

  beforeAll(async () => {
    easel = await startEasel();
    served = (await (await fetch(`${easel.url}/docs-json`)).json()) as OpenApi;
  });
  afterAll(() => easel.close());

  it('is the one in docs/ (npm run openapi writes it anew)', () => {
    const committed = readFileSync(join(__dirname, '../../docs/openapi.json'), 'utf8');
    expect(served).toEqual(JSON.parse(committed));
  });

  it('is the one that console/src/api/openapi.ts was made from (npm run openapi writes both anew)', () => {
    const root = join(__dirname, '../..');
    const generator = 'node_modules/openapi-typescript/bin/cli.js';
    const output = ['--output', 'console/src/api/openapi.ts', '--check'];
    const check = () =>
      execFileSync(process.execPath, [generator, 'docs/openapi.json', ...output], {
        cwd: root,
        stdio: 'pipe',
      });
    expect(check).not.toThrow();
  });

  it('has every route that the router has, but its own pages', () => {
    const routes = easel.routes
      .list()
      .map(({ path }) => path.replace(/(?<!\\)[:*](\w+)/g, '{$1}').replaceAll('\\', ''))
      .filter((path) => !/^\/(?:docs|console(?:\/assets\/.*)?$)/.test(path));
    expect(Object.keys(served.paths).sort()).toEqual([...new Set(routes)].sort());
  });

  it('has a unique name for each DTO: of two with the same name, it would show only one', () => {
    const source = join(__dirname, '../../src');
    const names = readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
      .flatMap((file) => [
        ...readFileSync(join(source, file), 'utf8').matchAll(/^(?:export )?class (\w+Dto)\b/gm),
      ])
      .map(([, name]) => name);
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('has every part of an operation that a decorator must supply', () => {
    const listed = served.tags.map(({ name }) => name);
    const lacks = Object.entries(served.paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, operation]) =>
        lackingDecorators(path, operation, listed).map(
          (one) => `${method.toUpperCase()} ${path}: ${one}`,
        ),
      ),
    );
    expect(lacks).toEqual([]);
  });

  it.each([
    ['GenerateImagesJsonDto', 30],
    ['EditImagesFormDto', 27],
    ['EditImagesJsonDto', 27],
    ['VaryImageFormDto', 18],
    ['ChatCompletionDto', 24],
  ])('describes every field of %s', (schema, fields) => {
    const properties = served.components.schemas[schema]?.properties ?? {};
    expect(Object.keys(properties)).toHaveLength(fields);
    for (const [name, description] of Object.entries(properties)) {
      expect({ name, described: 'description' in description }).toEqual({ name, described: true });
    }
  });

  it.each(['images/generations', 'images/edits', 'images/variations', 'chat/completions'])(
    'describes every error of %s',
    (route) => {
      const responses = served.paths[`/v1/${route}`]?.['post']?.responses ?? {};
      expect(Object.keys(responses)).toEqual([
        '200',
        '400',
        '401',
        '403',
        '404',
        '408',
        '409',
        '413',
        '415',
        '422',
        '429',
        '502',
        '503',
        '504',
      ]);
    },
  );

  it('has file pickers for forms, and both bodies of edits', () => {
    const bodyOf = (route: string) =>
      served.paths[`/v1/images/${route}`]?.['post']?.requestBody?.content ?? {};
    expect(Object.keys(bodyOf('edits'))).toEqual(['multipart/form-data', 'application/json']);
    expect(Object.keys(bodyOf('variations'))).toEqual(['multipart/form-data']);
    const file = { type: 'string', format: 'binary' };
    const { schemas } = served.components;
    expect(schemas['EditImagesFormDto']?.properties).toMatchObject({
      image: { type: 'array', items: file },
      mask: file,
    });
    expect(schemas['VaryImageFormDto']?.properties).toMatchObject({ image: file });
  });

  it.each([
    ['images/generations', 3],
    ['images/edits', 1],
    ['chat/completions', 3],
  ])('has examples of %s that work', async (route, least) => {
    const content = served.paths[`/v1/${route}`]?.['post']?.requestBody?.content ?? {};
    const examples = Object.entries(content['application/json']?.examples ?? {});
    expect(examples.length).toBeGreaterThan(least);
    for (const [name, { value }] of examples) {
      const { status } = await fetch(`${easel.url}/v1/${route}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(value),
      });
      expect({ name, status }).toEqual({ name, status: 200 });
    }
  });
});
