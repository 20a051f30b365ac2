import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import type { Browser } from 'playwright-core';
import { startEasel, type RunningEasel } from '../running-easel';
import { describeInBrowser, launchChromium } from './chromium';
import { fillPrompt, generate, imagesMade, openConsole } from './console-page';

describeInBrowser('the console for everybody', () => {
  let browser: Browser;
  let easel: RunningEasel;

  beforeAll(async () => {
    easel = await startEasel();
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    await easel.close();
  });

  it('needs no mouse', async () => {
    const { page, context } = await openConsole(browser, easel.url);
    await page.getByRole('tab', { name: 'Make' }).waitFor();
    const focus = () =>
      page.evaluate<string>(
        'document.activeElement.ariaLabel || document.activeElement.id || document.activeElement.value || document.activeElement.textContent',
      );
    await page.keyboard.press('Tab');
    expect(await focus()).toContain('Skip to Prompt');
    await page.keyboard.press('Enter');
    await page.keyboard.type('a boat by keys');
    expect(await focus()).toBe('prompt');
    for (let presses = 0; (await focus()) !== 'model' && presses < 6; presses += 1) {
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.getByRole('radio', { name: '16:9', checked: true }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    await page.getByRole('radio', { name: '1K', checked: true }).waitFor();
    await page.keyboard.press('Shift+Tab');
    await page.getByRole('textbox', { name: 'Prompt', exact: true }).focus();
    await page.keyboard.press('Control+Enter');
    const picture = imagesMade(page).getByRole('img', { name: 'a boat by keys' });
    await picture.waitFor();
    await imagesMade(page).getByRole('button').first().focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: /^Picture/ }).waitFor();
    await page.keyboard.press('c');
    await page.getByRole('dialog', { name: 'Code' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').count()).toBe(0);
    // Focus is back on what opened it, so that letters work there.
    await page.keyboard.press('e');
    await page.getByRole('application').waitFor();
    await context.close();
  });

  it('exports the history, and imports it in another browser with all its details', async () => {
    const first = await openConsole(browser, easel.url);
    for (const prompt of ['a red boat', 'a green house']) {
      await fillPrompt(first.page, prompt);
      await generate(first.page);
      await imagesMade(first.page).getByRole('img', { name: prompt }).waitFor();
    }
    await first.page.locator('summary').filter({ hasText: 'History menu' }).click();
    const download = first.page.waitForEvent('download');
    await first.page.getByRole('button', { name: 'Export…' }).click();
    const archive = await download;
    expect(archive.suggestedFilename()).toMatch(/^easel-history-\d{4}-\d\d-\d\d\.zip$/);
    const file = { name: 'history.zip', mimeType: 'application/zip', buffer: Buffer.alloc(0) };
    file.buffer = readFileSync(await archive.path());
    const names = Object.keys(unzipSync(file.buffer));
    expect(names.filter((name) => /^pictures\/a-.*\.jpg$/.test(name))).toHaveLength(2);
    expect(first.problems).toEqual([]);
    await first.context.close();

    const second = await openConsole(browser, easel.url);
    const { page } = second;
    const bring = async (brought: typeof file) => {
      const chooser = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: /^Import/ }).click();
      await (await chooser).setFiles(brought);
    };
    await bring({ ...file, buffer: Buffer.from('no archive') });
    await page.getByText('This file is no history of Easel’s.').first().waitFor();
    await bring(file);
    await imagesMade(page).getByRole('img', { name: 'a red boat' }).waitFor();
    await page.reload();
    const house = imagesMade(page).getByRole('img', { name: 'a green house' });
    await house.waitFor();
    await page.locator('summary').filter({ hasText: 'History menu' }).click();
    await bring(file);
    await page.getByText('0 pictures came in; 2 were here already.').first().waitFor();
    expect(await imagesMade(page).getByRole('listitem').count()).toBe(2);
    await house.click();
    const viewer = page.getByRole('dialog', { name: /^Picture/ });
    await viewer.getByText('1024 × 1024').waitFor();
    await viewer.getByText(/account-\d@test/).waitFor();
    await page.keyboard.press('Escape');
    // It can be requested again, like any other.
    await imagesMade(page).getByRole('button', { name: 'Again' }).first().click();
    await house.nth(1).waitFor();
    expect(second.problems).toEqual([]);
    await second.context.close();
  });

  it('keeps the images made in this browser, finds them, and clears them', async () => {
    const { page, context } = await openConsole(browser, easel.url);
    for (const prompt of ['a red boat', 'a green house']) {
      await fillPrompt(page, prompt);
      await generate(page);
      await imagesMade(page).getByRole('img', { name: prompt }).waitFor();
    }
    await page.reload();
    await imagesMade(page).getByRole('img', { name: 'a red boat' }).waitFor();
    const search = page.getByRole('searchbox', { name: 'Search prompts' });
    await search.fill('HOUSE');
    expect(await imagesMade(page).getByRole('listitem').count()).toBe(1);
    await search.fill('harbor');
    await page.getByText('No picture’s prompt has “harbor” in it.').waitFor();
    await page.getByRole('button', { name: 'Clear search' }).click();
    await page.locator('summary').filter({ hasText: 'History menu' }).click();
    await page.getByRole('button', { name: 'Clear history…' }).click();
    await page.getByRole('button', { name: 'Remove all' }).click();
    await page.getByText('Say what you want to see.').waitFor();
    await page.reload();
    await page.getByText('Say what you want to see.').waitFor();
    await context.close();
  });
});
