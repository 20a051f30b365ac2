import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { startEasel, type RunningEasel } from '../running-easel';
import { describeInBrowser, launchChromium } from './chromium';
import { fillPrompt, generate, imagesMade, isScrollingSideways, openConsole } from './console-page';

const KEY = 'the-right-key-0123456789';
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

describeInBrowser('what axe finds in the console', () => {
  let browser: Browser;
  let easel: RunningEasel;
  let locked: RunningEasel;
  const folder = mkdtempSync(join(tmpdir(), 'easel-console-'));

  beforeAll(async () => {
    easel = await startEasel({ env: { DATABASE_URL: '', DATA_DIR: folder } });
    locked = await startEasel({ env: { PROXY_AUTH_MODE: 'strict', PROXY_API_KEY: KEY } });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    await easel.close();
    await locked.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** All that axe finds, best practices too, each with the elements. */
  async function violations(page: Page): Promise<readonly string[]> {
    await page.evaluate(AXE);
    const found = await page.evaluate<readonly Violation[]>(
      'axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations)',
    );
    return found.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`,
    );
  }

  type State = readonly [string, () => Promise<void>];

  async function visit(page: Page, states: readonly State[]): Promise<void> {
    for (const [name, reach] of states) {
      await reach();
      expect([name, await violations(page)]).toEqual([name, []]);
      expect([name, await isScrollingSideways(page)]).toEqual([name, false]);
    }
  }

  it.each<[number, 'light' | 'dark']>([
    [1280, 'light'],
    [1280, 'dark'],
    [360, 'light'],
    [360, 'dark'],
  ])(
    'has nothing that axe finds, at %i px in %s, and never scrolls sideways',
    async (width, scheme) => {
      const { page, context } = await openConsole(browser, easel.url, { width, scheme });
      // What moves has no colours that last.
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await visit(page, [
        ['empty', () => page.getByText('Say what you want to see.').waitFor()],
        [
          'made',
          async () => {
            await fillPrompt(page, 'a boat');
            await page.getByText('More', { exact: false }).first().click();
            await generate(page);
            await imagesMade(page).getByRole('img', { name: 'a boat' }).waitFor();
          },
        ],
        [
          'a seed that is none',
          async () => {
            await page.getByRole('textbox', { name: 'Seed' }).fill('abc');
            await generate(page);
            await page.getByRole('alert').filter({ hasText: 'A seed is' }).waitFor();
          },
        ],
        [
          'resolutions that a model lacks',
          async () => {
            await page.getByRole('textbox', { name: 'Seed' }).fill('');
            await page
              .getByRole('combobox', { name: 'Model' })
              .selectOption('gemini-3.1-flash-lite-image');
            await page.getByTitle('This model does not make 4K').waitFor();
          },
        ],
        [
          'keys',
          async () => {
            await imagesMade(page).getByRole('button').first().focus();
            await page.keyboard.press('?');
            await page.getByRole('dialog', { name: 'Keys' }).waitFor();
          },
        ],
        [
          'code',
          async () => {
            await page.keyboard.press('Escape');
            await imagesMade(page).getByRole('button', { name: 'Code' }).first().click();
            await page.getByRole('dialog', { name: 'Code' }).waitFor();
          },
        ],
        [
          'viewer',
          async () => {
            await page.keyboard.press('Escape');
            await imagesMade(page)
              .getByRole('button', { name: 'Open', exact: true })
              .first()
              .click();
            await page.getByRole('dialog', { name: /^Picture/ }).waitFor();
          },
        ],
        [
          'mask',
          async () => {
            await page.getByRole('dialog').getByRole('button', { name: 'Edit this' }).click();
            await page.getByRole('application').waitFor();
          },
        ],
        [
          'refused',
          async () => {
            await page.getByRole('button', { name: 'Done' }).click();
            await fillPrompt(page, 'a boat [refuse]');
            await generate(page);
            await page.getByRole('button', { name: 'Change the prompt' }).waitFor();
          },
        ],
        [
          'pool',
          async () => {
            await page.getByRole('tab', { name: 'Pool' }).click();
            await page.getByRole('row').nth(1).waitFor();
          },
        ],
        [
          'usage',
          async () => {
            await page.getByRole('tab', { name: 'Usage' }).click();
            await page.getByRole('row').nth(1).waitFor();
          },
        ],
        [
          'toast',
          async () => {
            await page.getByRole('tab', { name: 'Make' }).click();
            await imagesMade(page).getByRole('button').first().focus();
            await page.keyboard.press('Delete');
            await page.getByRole('button', { name: 'Undo' }).waitFor();
          },
        ],
        [
          'clear',
          async () => {
            await page.getByRole('button', { name: 'Undo' }).click();
            await page.locator('summary').filter({ hasText: 'History menu' }).click();
            await page.getByRole('button', { name: 'Clear history…' }).click();
            await page.getByRole('dialog').waitFor();
          },
        ],
      ]);
      await context.close();
    },
  );

  it.each<[number, 'light' | 'dark']>([
    [1280, 'light'],
    [1280, 'dark'],
    [360, 'light'],
    [360, 'dark'],
  ])('has nothing that axe finds about the key, at %i px in %s', async (width, scheme) => {
    const { page, context } = await openConsole(browser, locked.url, { width, scheme });
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await visit(page, [
      ['no key', () => page.getByLabel('API key').waitFor()],
      [
        'a wrong key',
        async () => {
          await page.getByLabel('API key').fill('a-wrong-key');
          await page.keyboard.press('Enter');
          await page.getByRole('alert').filter({ hasText: 'not known' }).waitFor();
        },
      ],
      [
        'the right key',
        async () => {
          await page.getByLabel('API key').fill(KEY);
          await page.keyboard.press('Enter');
          await page.getByText('Say what you want to see.').waitFor();
        },
      ],
      [
        'the menu of the key',
        async () => {
          await page.getByTitle('Key', { exact: true }).click();
          await page.getByRole('button', { name: 'Forget key' }).waitFor();
        },
      ],
    ]);
    await context.close();
  });

  it('skips on each view to what it is for, and not to what is not there', async () => {
    const { page, context } = await openConsole(browser, locked.url);
    await page.getByLabel('API key').waitFor();
    expect(await page.getByRole('link', { name: /^Skip/ }).count()).toBe(0);
    await page.getByLabel('API key').fill(KEY);
    await page.keyboard.press('Enter');
    for (const [tab, words, id] of [
      ['Pool', 'Skip to Account pool', 'view-pool'],
      ['Make', 'Skip to Prompt', 'prompt'],
    ] as const) {
      await page.getByRole('tab', { name: tab }).click();
      await page.getByRole('link', { name: words }).focus();
      await page.keyboard.press('Enter');
      expect(await page.evaluate<string>('document.activeElement.id')).toBe(id);
      await page.getByRole('tab', { name: tab, selected: true }).waitFor();
    }
    await context.close();
  });
});
