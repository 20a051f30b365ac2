import { readFileSync } from 'node:fs';
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
            readonly responses: Record<string, unknown>;
            readonly parameters?: readonly { readonly name: string; readonly in: string }[];
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
      .map(({ path }) => path.replace(/[:*](\w+)/g, '{$1}'))
      .filter((path) => !path.startsWith('/docs'));
    expect(Object.keys(served.paths).sort()).toEqual([...new Set(routes)].sort());
  });

  it('declares every parameter of a path, and what is answered without a key', () => {
    for (const [path, operations] of Object.entries(served.paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        const declared = (operation.parameters ?? []).filter((one) => one.in === 'path');
        const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
        expect({ path, method, names: declared.map(({ name }) => name) }).toEqual({
          path,
          method,
          names: named,
        });
        const isProbe = ['/healthz', '/readyz'].includes(path);
        expect({ path, method, has401: '401' in operation.responses || isProbe }).toEqual({
          path,
          method,
          has401: true,
        });
      }
    }
  });

  it('describes every field of a request', () => {
    const properties = served.components.schemas['GenerateImagesDto']?.properties ?? {};
    expect(Object.keys(properties)).toHaveLength(18);
    for (const [name, schema] of Object.entries(properties)) {
      expect({ name, described: 'description' in schema }).toEqual({ name, described: true });
    }
  });

  it('describes every error of a generation', () => {
    const responses = served.paths['/v1/images/generations']?.['post']?.responses ?? {};
    expect(Object.keys(responses)).toEqual([
      '200',
      '400',
      '401',
      '404',
      '413',
      '415',
      '429',
      '502',
      '503',
      '504',
    ]);
  });

  it('has examples that work', async () => {
    const operation = served.paths['/v1/images/generations']?.['post'] as unknown as {
      requestBody: { content: Record<string, { examples: Record<string, { value: object }> }> };
    };
    const { examples } = operation.requestBody.content['application/json'] ?? { examples: {} };
    expect(Object.keys(examples).length).toBeGreaterThan(3);
    for (const [name, { value }] of Object.entries(examples)) {
      const { status } = await easel.generate(value);
      expect({ name, status }).toEqual({ name, status: name.includes('refusal') ? 400 : 200 });
    }
  });
});
