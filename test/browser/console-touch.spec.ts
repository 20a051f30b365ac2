import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { startEasel, type RunningEasel } from '../running-easel';
import { describeInBrowser, launchChromium } from './chromium';
import { fillPrompt, generate, imagesMade, isScrollingSideways, openConsole } from './console-page';

const KEY = 'the-right-key-0123456789';

/** What can be touched and is smaller than 44 by 44 px. A radio or a tick is as large as its label. */
const SMALL = `(() => {
  const top = document.querySelector('dialog[open]') ?? document;
  const found = top.querySelectorAll(
    'a[href]:not(.skip), button, select, summary, textarea, input:not([type=radio], [type=checkbox]), label:has(input)',
  );
  return [...found].flatMap((element) => {
    const { width, height } = element.getBoundingClientRect();
    const isShown = element.checkVisibility({ visibilityProperty: true }) && width > 1;
    return isShown && (width < 43.9 || height < 43.9)
      ? [(element.ariaLabel || element.id || element.textContent.trim()) + ' ' + Math.round(width) + ' × ' + Math.round(height)]
      : [];
  });
})()`;

describeInBrowser('the console under a finger', () => {
  let browser: Browser;
  let easel: RunningEasel;
  const folder = mkdtempSync(join(tmpdir(), 'easel-console-'));

  beforeAll(async () => {
    easel = await startEasel({
      accounts: 2,
      env: {
        PROXY_AUTH_MODE: 'strict',
        PROXY_API_KEY: KEY,
        DATABASE_URL: '',
        DATA_DIR: folder,
        MAX_ATTEMPTS_PER_IMAGE: '1',
      },
    });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    await easel.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const states: readonly [string, (page: Page) => Promise<void>][] = [
    [
      'key',
      async (page) => {
        await page.getByLabel('API key').waitFor();
      },
    ],
    [
      'empty',
      async (page) => {
        await page.getByLabel('API key').fill(KEY);
        await page.getByRole('button', { name: 'Open the console' }).click();
        await page.getByText('Say what you want to see.').waitFor();
      },
    ],
    [
      'more',
      async (page) => {
        await page.getByRole('combobox', { name: 'Format' }).selectOption('webp');
        await page.getByText('More', { exact: false }).first().click();
        await page.getByRole('spinbutton', { name: 'Compression' }).waitFor();
      },
    ],
    [
      'made',
      async (page) => {
        await fillPrompt(page, 'a boat');
        await page.getByRole('spinbutton', { name: 'Images' }).fill('2');
        await generate(page);
        await imagesMade(page).getByRole('img', { name: 'a boat' }).nth(1).waitFor();
        await page.getByRole('button', { name: 'Generate' }).waitFor();
      },
    ],
    [
      'menu',
      async (page) => {
        await page.locator('summary').filter({ hasText: 'History menu' }).click();
        await page.getByRole('button', { name: 'Import…' }).waitFor();
      },
    ],
    [
      'nothing found',
      async (page) => {
        await page.getByRole('searchbox').fill('harbor');
        await page.getByRole('button', { name: 'Clear search' }).waitFor();
      },
    ],
    [
      'code',
      async (page) => {
        await page.getByRole('button', { name: 'Clear search' }).click();
        await imagesMade(page).getByRole('button', { name: 'Code' }).first().click();
        await page.getByRole('dialog', { name: 'Code' }).waitFor();
      },
    ],
    [
      'viewer',
      async (page) => {
        await page.keyboard.press('Escape');
        await imagesMade(page).getByRole('button', { name: 'Open', exact: true }).first().click();
        await page.getByRole('dialog', { name: /^Picture/ }).waitFor();
      },
    ],
    [
      'mask',
      async (page) => {
        await page.getByRole('dialog').getByRole('button', { name: 'Edit this' }).click();
        await page.getByRole('application').waitFor();
      },
    ],
    [
      'references',
      async (page) => {
        await page.getByRole('button', { name: 'Done' }).click();
        await imagesMade(page).getByRole('button').first().focus();
        await page.keyboard.press('u');
        await page.getByRole('button', { name: 'Remove image 2' }).waitFor();
      },
    ],
    [
      'alert',
      async (page) => {
        await page.getByRole('button', { name: 'Remove image 2' }).click();
        await page.getByRole('button', { name: 'Remove image 1' }).click();
        await fillPrompt(page, 'a boat [refuse]');
        await generate(page);
        await page.getByRole('button', { name: 'Change the prompt' }).waitFor();
      },
    ],
    [
      'toast',
      async (page) => {
        await imagesMade(page).getByRole('button').first().focus();
        await page.keyboard.press('Delete');
        await page.getByRole('button', { name: 'Undo' }).waitFor();
      },
    ],
    [
      'pool',
      async (page) => {
        await page.getByRole('tab', { name: 'Pool' }).click();
        await page.getByRole('button', { name: 'Disable' }).first().waitFor();
      },
    ],
    [
      'usage',
      async (page) => {
        await page.getByRole('tab', { name: 'Usage' }).click();
        await page.getByRole('row').nth(1).waitFor();
      },
    ],
  ];

  it.each([360, 700, 1024])('has targets of 44 px at least, at %i px', async (width) => {
    const { page, context } = await openConsole(browser, easel.url, { width, isTouch: true });
    for (const [name, reach] of states) {
      await reach(page);
      expect([name, await page.evaluate<string[]>(SMALL)]).toEqual([name, []]);
      expect([name, await isScrollingSideways(page)]).toEqual([name, false]);
    }
    await context.close();
  });
});
