import { dirname, join } from 'node:path';
import type { Browser } from 'playwright-core';
import { ConsoleFiles } from '../../src/console-server/console-files';
import { startEasel, type RunningEasel } from '../running-easel';
import { describeInBrowser, launchChromium } from './chromium';
import {
  fillPrompt,
  generate,
  imagesMade,
  isScrollingSideways,
  openConsole,
  type ConsolePage,
  type Looks,
} from './console-page';

const KEY = 'the-right-key-0123456789';
const PROMPT = 'Sailing boats at sunset';

describeInBrowser('the console makes images', () => {
  let browser: Browser;
  let easel: RunningEasel;
  let opened: ConsolePage | undefined;

  beforeAll(async () => {
    easel = await startEasel({ env: { PROXY_AUTH_MODE: 'strict', PROXY_API_KEY: KEY } });
    browser = await launchChromium();
  });
  afterEach(async () => {
    await opened?.context.close();
    opened = undefined;
  });
  afterAll(async () => {
    await browser.close();
    await easel.close();
  });

  async function open(looks: Looks = { key: KEY }) {
    opened = await openConsole(browser, easel.url, looks);
    return opened;
  }

  it('asks for the key once, and keeps it for the tab, never in a URL', async () => {
    const { page } = await open({});
    const field = page.getByLabel('API key');
    await field.fill('a-wrong-key');
    await field.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'not known' }).waitFor();
    await field.fill(KEY);
    await page.getByRole('button', { name: 'Open the console' }).click();
    await page.getByRole('textbox', { name: 'Prompt', exact: true }).waitFor();
    await page.reload();
    await page.getByRole('textbox', { name: 'Prompt', exact: true }).waitFor();
    expect(page.url()).not.toContain(KEY);
    expect(await page.evaluate<string>('JSON.stringify(localStorage)')).not.toContain(KEY);
  });

  it.each<[number, 'light' | 'dark']>([
    [1280, 'light'],
    [1280, 'dark'],
    [360, 'light'],
    [360, 'dark'],
  ])('at %i px in %s', async (width, scheme) => {
    const { page, problems } = await open({ width, scheme, key: KEY });
    const before = easel.emulator.requests.length;
    await fillPrompt(page, PROMPT);
    await page.getByRole('combobox', { name: 'Model' }).selectOption('gemini-3-pro-image');
    await page
      .getByRole('radiogroup', { name: 'Ratio' })
      .getByRole('radio', { name: '16:9' })
      .check();
    await page
      .getByRole('radiogroup', { name: 'Resolution' })
      .getByRole('radio', { name: '2K' })
      .check();
    await page.getByRole('combobox', { name: 'Format' }).selectOption('png');
    await page.getByRole('spinbutton', { name: 'Images' }).fill('3');
    await page.getByRole('spinbutton', { name: 'Images' }).press('Tab');
    const ticket = page.getByRole('region', { name: 'What will be sent' });
    await ticket.getByText('gemini-3-pro-image · 16:9 · 2K').waitFor();
    await ticket.getByText('$0.40').waitFor();
    expect(easel.emulator.requests).toHaveLength(before);

    await generate(page);
    const images = imagesMade(page).getByRole('img', { name: PROMPT });
    await images.nth(2).waitFor();
    expect(await images.count()).toBe(3);
    const sent = easel.emulator.requests.slice(before);
    expect(sent).toHaveLength(3);
    const config = { aspectRatio: '16:9', imageSize: '2K' };
    for (const { body } of sent) {
      expect(body).toMatchObject({ generationConfig: { imageConfig: config } });
    }
    // No base64 in the DOM, and no picture larger than it needs to be.
    expect(await images.first().getAttribute('src')).toMatch(/^blob:/);
    const widths = await page.evaluate<number[]>(
      '[...document.querySelectorAll(".images img")].map((image) => image.naturalWidth)',
    );
    expect(Math.max(...widths)).toBeLessThanOrEqual(1024);
    expect(await isScrollingSideways(page)).toBe(false);
    if (width > 720) {
      // Form and images scroll by themselves, so that the price stays in sight.
      expect(await ticket.boundingBox()).toMatchObject({ y: expect.closeTo(660, -2) as number });
      expect(
        await page.evaluate<boolean>('document.documentElement.scrollHeight > innerHeight'),
      ).toBe(false);
    }
    expect(problems).toEqual([]);
  });

  it('offers the options of each model, and sends those chosen under More', async () => {
    const { page, problems } = await open();
    const model = page.getByRole('combobox', { name: 'Model' });
    const resolution = (name: string) => page.getByRole('radio', { name, exact: true });
    await page.getByText('More', { exact: false }).first().click();
    const thinking = page.getByRole('combobox', { name: 'Thinking' });
    expect(await thinking.isDisabled()).toBe(true);
    await resolution('2K').check();
    await model.selectOption('gemini-2.5-flash-image');
    for (const size of ['1K', '2K', '4K']) {
      expect(await resolution(size).isDisabled()).toBe(true);
    }
    expect(await page.getByTitle('This model has one size of its own').count()).toBe(3);
    await resolution('Auto').nth(1).isChecked();
    await model.selectOption('gemini-3.1-flash-image');
    await resolution('512').check();
    await thinking.selectOption('high');
    await page.getByRole('combobox', { name: 'Tier' }).selectOption('flex');
    const ticket = page.getByRole('region', { name: 'What will be sent' });
    await ticket.getByText('gemini-3.1-flash-image · 1:1 · 512').waitFor();
    await fillPrompt(page, PROMPT);
    const before = easel.emulator.requests.length;
    await generate(page);
    await imagesMade(page).getByRole('img', { name: PROMPT }).waitFor();
    expect(easel.emulator.requests.slice(before)).toMatchObject([
      {
        body: {
          serviceTier: 'flex',
          generationConfig: {
            thinkingConfig: { thinkingLevel: 'HIGH' },
            imageConfig: { imageSize: '512' },
          },
        },
      },
    ]);
    expect(problems).toEqual([]);
  });

  it('has its files together under 100 kB gzipped', () => {
    const built = join(dirname(require.resolve('../../src/main')), 'console');
    const files = ConsoleFiles.read(built);
    const sizes = [files?.pageBelow, ...(files?.assets.values() ?? [])].map(
      (file) => file?.gzipped.length ?? 0,
    );
    // Files that are loaded on demand count too.
    expect(sizes.length).toBeGreaterThan(6);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(100_000);
  });
});
