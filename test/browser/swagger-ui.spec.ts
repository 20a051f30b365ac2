import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext } from 'playwright-core';
import sharp from 'sharp';
import { mask, picture } from '../pictures';
import { startEasel, type RunningEasel } from '../running-easel';
import { describeInBrowser, launchChromium } from './chromium';

const KEY = 'the-right-key-0123456789';

/** Where a run leaves its screenshots for a person to look at; nowhere unless asked. */
const SCREENSHOTS = process.env['EASEL_SCREENSHOTS'];

describeInBrowser('Swagger UI in Chromium', () => {
  let easel: RunningEasel;
  let browser: Browser;
  let context: BrowserContext;

  beforeAll(async () => {
    easel = await startEasel({ env: { PROXY_AUTH_MODE: 'strict', PROXY_API_KEY: KEY } });
    browser = await launchChromium();
  });
  beforeEach(async () => {
    context = await browser.newContext({
      httpCredentials: { username: 'anyone', password: KEY },
      viewport: { width: 1280, height: 1000 },
    });
  });
  afterEach(() => context.close());
  afterAll(async () => {
    await browser.close();
    await easel.close();
  });

  async function openDocs(url = easel.url, path = '/docs') {
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('requestfailed', (request) => problems.push(request.url()));
    await page.goto(url + path);
    await page.waitForSelector('#operations-Images-generateImages');
    return { page, problems };
  }

  it('opens with the key as password, without a fault', async () => {
    const { page, problems } = await openDocs();
    expect(await page.title()).toBe('Easel');
    expect(await page.locator('.opblock').count()).toBeGreaterThanOrEqual(5);
    expect(problems).toEqual([]);
  });

  it.each(['/docs/', '/docs/index.html'])('opens as %s too', async (path) => {
    const { problems } = await openDocs(easel.url, path);
    expect(problems).toEqual([]);
  });

  it('opens over plain http on a host that is not localhost', async () => {
    // Only there does a browser obey "upgrade insecure requests" and ask for the scripts by https.
    const { page, problems } = await openDocs(easel.url.replace('127.0.0.1', 'easel.test'));
    expect(await page.title()).toBe('Easel');
    expect(problems).toEqual([]);
  });

  it('makes an image by «Try it out» once the key is entered', async () => {
    const { page, problems } = await openDocs();
    await page.click('button.authorize');
    await page.fill('.auth-container input', KEY);
    await page.click('.auth-btn-wrapper button.authorize');
    await page.click('.auth-btn-wrapper button.btn-done');

    const operation = page.locator('#operations-Images-generateImages');
    await operation.locator('.opblock-summary-control').click();
    await operation.locator('button.try-out__btn').click();
    await operation.locator('button.execute').click();
    const live = operation.locator('.live-responses-table');
    await live.waitFor({ timeout: 20_000 });
    expect(await live.locator('.response-col_status').last().innerText()).toMatch(/^200/);
    const text = await live.innerText();
    expect(text).toContain('b64_json');
    expect(text.toLowerCase()).toContain('x-account-email: account-');
    // Base64 is shortened, or a large image would freeze the page.
    expect(text).toMatch(/… \([\d,]+ characters\)/);
    expect(text.length).toBeLessThan(20_000);
    // What is kept of it is whole.
    const download = page.waitForEvent('download');
    await live.getByRole('button', { name: 'Download' }).click();
    const file = await (await download).path();
    const saved = JSON.parse(readFileSync(file, 'utf8')) as { data: { b64_json: string }[] };
    const { format } = await sharp(Buffer.from(saved.data[0]?.b64_json ?? '', 'base64')).metadata();
    expect(format).toBe('jpeg');
    expect(problems).toEqual([]);
    // The key is forgotten with the page.
    expect(await page.evaluate('JSON.stringify({ ...localStorage })')).not.toContain(KEY);
    if (SCREENSHOTS !== undefined) {
      mkdirSync(SCREENSHOTS, { recursive: true });
      await page.screenshot({ path: join(SCREENSHOTS, 'top.png') });
      await live.scrollIntoViewIfNeeded();
      await page.screenshot({ path: join(SCREENSHOTS, 'tried-out.png') });
      await page.screenshot({ path: join(SCREENSHOTS, 'whole.png'), fullPage: true });
    }
  });

  it('edits an image chosen in a form, and sends no blank fields', async () => {
    const { page, problems } = await openDocs();
    await page.click('button.authorize');
    await page.fill('.auth-container input', KEY);
    await page.click('.auth-btn-wrapper button.authorize');
    await page.click('.auth-btn-wrapper button.btn-done');

    const operation = page.locator('#operations-Images-editImages');
    await operation.locator('.opblock-summary-control').click();
    await operation.locator('button.try-out__btn').click();
    await operation.locator('button:has-text("Add")').first().click();
    const [name, mimeType] = ['picture.png', 'image/png'];
    const files = operation.locator('input[type=file]');
    const [image, hole] = await Promise.all([picture(96, 64), mask(96, 64, () => 0)]);
    await files.nth(0).setInputFiles({ name, mimeType, buffer: Buffer.from(image) });
    await files.nth(1).setInputFiles({ name, mimeType, buffer: Buffer.from(hole) });
    await operation.locator('tr[data-property-name=prompt] input').fill('snow at night');
    await operation.locator('button.execute').click();
    const live = operation.locator('.live-responses-table');
    await live.waitFor({ timeout: 20_000 });
    expect(await live.locator('.response-col_status').last().innerText()).toMatch(/^200/);
    const [call] = easel.emulator.requests.slice(-1);
    expect(call?.body).toMatchObject({ generationConfig: { responseModalities: ['IMAGE'] } });
    expect(JSON.stringify(call?.body)).not.toMatch(/imageConfig|seed/);
    const curl = await operation.locator('.curl-command').innerText();
    expect(curl.match(/-F '\w+/g)?.sort()).toEqual(["-F 'image", "-F 'mask", "-F 'prompt"]);
    expect(problems).toEqual([]);
    if (SCREENSHOTS !== undefined) {
      mkdirSync(SCREENSHOTS, { recursive: true });
      await operation.screenshot({ path: join(SCREENSHOTS, 'edit.png') });
    }
  });

  it('leads to the console, and fits a phone', async () => {
    for (const path of ['/docs', '/docs/']) {
      const { page } = await openDocs(easel.url, path);
      const opened = context.waitForEvent('page');
      await page.getByRole('link', { name: 'Open the console' }).click();
      await (await opened).waitForURL(/\/console$/);
    }
    const { page } = await openDocs();
    await page.setViewportSize({ width: 360, height: 640 });
    const width = await page.evaluate('window.innerWidth');
    expect(width).toBe(360);
    expect(await page.locator('meta[name=viewport]').count()).toBe(1);
  });

  it('shows OpenAI’s error object when the key is missing', async () => {
    const { page } = await openDocs();
    const operation = page.locator('#operations-Images-generateImages');
    await operation.locator('.opblock-summary-control').click();
    await operation.locator('button.try-out__btn').click();
    await operation.locator('button.execute').click();
    const live = operation.locator('.live-responses-table');
    await live.waitFor({ timeout: 20_000 });
    expect(await live.innerText()).toContain('"type": "invalid_request_error"');
  });
});
