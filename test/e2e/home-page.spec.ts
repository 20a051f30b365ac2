import { startEasel, type ErrorBody, type RunningEasel } from '../running-easel';

const KEY = 'sk-right';
/** As Chromium sends it. */
const BROWSER =
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';

describe('the address that Easel prints at its start', () => {
  let open: RunningEasel;
  let locked: RunningEasel;

  beforeAll(async () => {
    open = await startEasel();
    locked = await startEasel({ env: { PROXY_API_KEY: KEY } });
  });
  afterAll(() => Promise.all([open.close(), locked.close()]));

  const get = (easel: RunningEasel, headers: Record<string, string>, method = 'GET') =>
    fetch(`${easel.url}/`, { method, headers, redirect: 'manual' });

  it.each([
    ['GET', BROWSER],
    ['HEAD', BROWSER],
    ['GET', 'text/html'],
    ['GET', 'application/json;q=0.5, TEXT/HTML'],
  ])('%s with Accept: %s leads to the console', async (method, accept) => {
    const response = await get(open, { accept }, method);
    expect(response.status).toBe(302);
    // Relative, for proxies that serve Easel below a path.
    expect(response.headers.get('location')).toBe('console');
    expect(response.headers.get('vary')).toMatch(/(^|, )Accept(,|$)/);
    expect(await response.text()).toBe('');
  });

  it.each([
    ['GET', '*/*'],
    ['GET', 'application/json'],
    ['GET', 'application/json, text/html'],
    ['GET', 'text/*'],
    ['GET', 'text/html;q=0, */*'],
    ['POST', BROWSER],
  ])('%s with Accept: %s gets a 404 that names the main URLs', async (method, accept) => {
    const response = await get(open, { accept }, method);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    const { error } = (await response.json()) as ErrorBody;
    expect(error.message).toBe(
      `Invalid URL (${method} /). This is Easel: call POST /v1/images/generations. GET /docs describes everything.`,
    );
  });

  it('has Vary on the 404 too, or a cache would show it to browsers', async () => {
    const response = await get(open, { accept: '*/*' });
    expect(response.headers.get('vary')).toMatch(/(^|, )Accept(,|$)/);
  });

  it('needs a key if other routes do', async () => {
    expect((await get(locked, { accept: BROWSER })).status).toBe(401);
    const { status } = await get(locked, { accept: BROWSER, authorization: `Bearer ${KEY}` });
    expect(status).toBe(302);
  });

  it('redirects to the documentation if there is no console', async () => {
    const plain = await startEasel({ env: { CONSOLE: 'off' } });
    const response = await get(plain, { accept: BROWSER });
    expect(response.headers.get('location')).toBe('docs');
    const docs = await fetch(new URL('docs', `${plain.url}/`), { headers: { accept: BROWSER } });
    expect(docs.headers.get('content-type')).toMatch(/^text\/html/);
    for (const path of ['console', 'console/', 'console/config', 'console/assets/main.js']) {
      expect((await fetch(`${plain.url}/${path}`)).status).toBe(404);
    }
    await plain.close();
  });

  it('is the only path of its kind', async () => {
    const response = await fetch(`${open.url}/nowhere`, { headers: { accept: BROWSER } });
    expect(response.status).toBe(404);
  });
});
