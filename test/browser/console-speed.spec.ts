import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { startEasel, type RunningEasel } from '../running-easel';
import { respondWhole, startScriptedUpstream, type ScriptedUpstream } from '../scripted-upstream';
import { until } from '../until';
import { describeInBrowser, launchChromium } from './chromium';
import { fillPrompt, generate, imagesMade, openConsole } from './console-page';
import { watchMainThread } from './main-thread';

const LARGE = 16 * 1024 * 1024;
const LONGEST_TASK_MS = 200;
const PAINT = 'performance.getEntriesByName("first-contentful-paint").length > 0';

/** All times here are the main thread's own: on a busy machine they stay what they are. */
describeInBrowser('the speed of the console', () => {
  let browser: Browser;
  let upstream: ScriptedUpstream;
  let easel: RunningEasel;
  let large: Buffer;

  beforeAll(async () => {
    const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
    const create = { width: 5504, height: 3072, channels: 3, background: 'gray', noise } as const;
    large = await sharp({ create }).jpeg({ quality: 98 }).toBuffer();
    const base64 = large.toString('base64');
    upstream = await startScriptedUpstream((call) => {
      respondWhole(call, base64);
    });
    easel = await startEasel({ accounts: [{ baseUrl: upstream.url }] });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    await easel.close();
    await upstream.close();
  });

  it('notices a task that blocks the page', async () => {
    // So much work, and not so much time: a busy machine gives a thread little of it.
    const { page, context } = await openConsole(browser, easel.url);
    const { cpuMs } = await watchMainThread(browser, page, () =>
      page.evaluate(
        '{ let sum = 0; for (let count = 0; count < 3e8; count += 1) sum += Math.random(); sum }',
      ),
    );
    expect(cpuMs[0]).toBeGreaterThan(LONGEST_TASK_MS);
    await context.close();
  });

  it('paints before any answer of the API, with little work', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    let release: () => void = () => undefined;
    const isReleased = new Promise<void>((done) => {
      release = done;
    });
    await page.route('**/console/config', async (route) => {
      await isReleased;
      await route.continue();
    });
    await page.goto('about:blank');
    const { cpuMs } = await watchMainThread(browser, page, async () => {
      await page.goto(`${easel.url}/console`);
      // Not `waitForFunction`, which evaluates within the page: its Content Security Policy forbids that.
      await until(() => page.evaluate<boolean>(PAINT));
    });
    // The page itself, its icon, style sheet, font, script and worker; and what waits.
    const files = asked.filter((path) => path.startsWith('/console'));
    expect(files.length).toBeLessThanOrEqual(8);
    expect(asked).toContain('/console/config');
    expect(asked).not.toContain('/v1/key');
    expect(cpuMs.reduce((sum, task) => sum + task, 0)).toBeLessThan(1000);
    release();
    await page.getByRole('tab', { name: 'Make' }).waitFor();
    await context.close();
  });

  it('never blocks while four images of 16 MB arrive, or are loaded again', async () => {
    expect(large.length).toBeGreaterThanOrEqual(LARGE);
    const { page, context, problems } = await openConsole(browser, easel.url);
    const fourth = imagesMade(page).getByRole('img', { name: 'four large boats' }).nth(3);
    await fillPrompt(page, 'four large boats');
    await page.getByRole('radio', { name: '16:9' }).check();
    await page.getByRole('radio', { name: '4K' }).check();
    await page.getByRole('spinbutton', { name: 'Images' }).fill('4');
    await page.getByRole('spinbutton', { name: 'Images' }).press('Tab');
    const arriving = await watchMainThread(browser, page, async () => {
      await generate(page);
      await fourth.waitFor({ timeout: 90_000 });
      await page.getByRole('button', { name: 'Generate' }).waitFor();
    });
    const again = await watchMainThread(browser, page, async () => {
      await page.reload();
      await fourth.waitFor();
      await fourth.click();
      await page.getByRole('dialog', { name: /^Picture/ }).waitFor();
      await until(() => page.evaluate<boolean>('document.querySelector(".zoomable img").complete'));
    });
    for (const { cpuMs } of [arriving, again]) {
      expect(cpuMs.length).toBeGreaterThan(100);
      expect(cpuMs[0]).toBeLessThan(LONGEST_TASK_MS);
    }
    expect(problems).toEqual([]);
    await context.close();
  }, 180_000);
});
