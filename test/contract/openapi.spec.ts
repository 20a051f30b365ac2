import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEasel, type RunningEasel } from '../running-easel';

interface OpenApi {
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

  it('has every route that the router has, but its own pages', () => {
    const routes = easel.routes
      .list()
      .map(({ path }) => path.replace(/(?<!\\)[:*](\w+)/g, '{$1}').replaceAll('\\', ''))
      .filter((path) => !/^\/(?:docs|console(?:\/assets\/.*)?$)/.test(path));
    expect(Object.keys(served.paths).sort()).toEqual([...new Set(routes)].sort());
  });

  it('has a name of its own for each DTO, as of two with one name it would show only one', () => {
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

  it('says in a line what each operation does, under a tag', () => {
    const silent = Object.entries(served.paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([, { summary = '', tags = [] }]) => summary === '' || tags.length === 0)
        .map(([method]) => `${method} ${path}`),
    );
    expect(silent).toEqual([]);
  });

  it('declares every parameter of a path, and the responses without a key and to a foreign page', () => {
    for (const [path, operations] of Object.entries(served.paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        const declared = (operation.parameters ?? []).filter((one) => one.in === 'path');
        const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
        expect({ path, method, names: declared.map(({ name }) => name) }).toEqual({
          path,
          method,
          names: named,
        });
        const isOpen = ['/healthz', '/readyz', '/files/{file}'].includes(path);
        expect({ path, method, has401: '401' in operation.responses || isOpen }).toEqual({
          path,
          method,
          has401: true,
        });
        expect({ path, method, has403: '403' in operation.responses }).toEqual({
          path,
          method,
          has403: true,
        });
      }
    }
  });

  it.each([
    ['GenerateImagesJsonDto', 30],
    ['EditImagesFormDto', 27],
    ['EditImagesJsonDto', 27],
    ['VaryImageFormDto', 18],
    ['ChatCompletionDto', 22],
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
