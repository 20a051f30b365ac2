import { EMULATOR_MODELS } from './emulator-models';
import { modelsPage } from './models-page';

interface Page {
  readonly models: readonly { readonly name: string }[];
  readonly nextPageToken?: string;
}

function pageOf(query: string): Page {
  const result = modelsPage(new URLSearchParams(query));
  if (!result.ok) {
    throw new Error(result.error.message);
  }
  return result.page as Page;
}

describe('modelsPage', () => {
  const all = EMULATOR_MODELS.map(({ id }) => `models/${id}`);

  it.each(['', 'pageSize=0', 'pageSize=1000', 'pageToken='])('has all models for "%s"', (query) => {
    const { models, nextPageToken } = pageOf(query);
    expect(models.map(({ name }) => name)).toEqual(all);
    expect(nextPageToken).toBeUndefined();
  });

  it.each([1, 2, 5])('leads through them by %i', (size) => {
    const seen: string[] = [];
    let token: string | undefined = '';
    while (token !== undefined) {
      const page = pageOf(`pageSize=${size}&pageToken=${token}`);
      expect(page.models.length).toBeGreaterThan(0);
      seen.push(...page.models.map(({ name }) => name));
      token = page.nextPageToken;
    }
    expect(seen).toEqual(all);
  });

  it.each(['pageSize=-1', 'pageSize=x', 'pageToken=x', 'pageToken=OTk'])('refuses %s', (query) => {
    expect(modelsPage(new URLSearchParams(query))).toMatchObject({
      ok: false,
      error: { code: 400, status: 'INVALID_ARGUMENT' },
    });
  });
});
