import type { Browser, Locator, Page } from 'playwright-core';
import { startEasel, type RunningEasel } from '../running-easel';
import { describeInBrowser, launchChromium } from './chromium';
import { fillPrompt, generate, imagesMade, openConsole, type ConsolePage } from './console-page';

describeInBrowser('the form of the console', () => {
  let browser: Browser;
  let easel: RunningEasel;
  let opened: ConsolePage;
  let page: Page;

  beforeAll(async () => {
    easel = await startEasel();
    browser = await launchChromium();
  });
  beforeEach(async () => {
    easel.emulator.reset();
    opened = await openConsole(browser, easel.url);
    ({ page } = opened);
    await page.getByRole('button', { name: 'Generate' }).waitFor();
  });
  afterEach(async () => {
    expect(opened.problems).toEqual([]);
    await opened.context.close();
  });
  afterAll(async () => {
    await browser.close();
    await easel.close();
  });

  const ticket = () => page.getByRole('region', { name: 'What will be sent' });
  const images = () => page.getByRole('spinbutton', { name: 'Images' });

  async function seed(): Promise<Locator> {
    const field = page.getByRole('textbox', { name: 'Seed' });
    if (!(await field.isVisible())) {
      await page.getByText('More', { exact: false }).first().click();
    }
    return field;
  }

  /** What assistive technology reads out with the control. */
  async function description(field: Locator): Promise<string> {
    const ids = (await field.getAttribute('aria-describedby'))?.split(' ') ?? [];
    const texts = await Promise.all(ids.map((id) => page.locator(`[id="${id}"]`).innerText()));
    return texts.join(' ');
  }

  it.each([
    ['abc', 'A seed is a whole number.'],
    ['1.5', 'A seed is a whole number.'],
    ['99999999999', 'A seed is from −2147483648 to 2147483647.'],
  ])('sends nothing while the seed is %s, and says so at once', async (text, words) => {
    await fillPrompt(page, 'a boat');
    const field = await seed();
    await field.fill(text);
    await ticket().getByText(words).waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    expect(await description(field)).toContain(words);
    await page.getByRole('alert').filter({ hasText: words }).waitFor();

    // Closed, «More» still names it, and opens again where one tries to send it.
    await page.getByText('More', { exact: false }).first().click();
    await page.getByText(`seed ${text}`).waitFor();
    await generate(page);
    await field.waitFor();
    await page.waitForFunction('document.activeElement.id === "seed"');
    expect(easel.emulator.requests).toHaveLength(0);

    await field.fill('4711');
    expect(await field.getAttribute('aria-invalid')).toBe('false');
    expect(await ticket().getByText(words).count()).toBe(0);
    await generate(page);
    await imagesMade(page).getByRole('img', { name: 'a boat' }).waitFor();
    expect(easel.emulator.requests).toMatchObject([{ body: { generationConfig: { seed: 4711 } } }]);
  });

  it.each([1280, 360])('brings the field and its words into sight, at %i px', async (width) => {
    await opened.context.close();
    opened = await openConsole(browser, easel.url, { width });
    ({ page } = opened);
    await fillPrompt(page, 'a boat');
    await (await seed()).fill('abc');
    await page.evaluate('scrollTo(0, 0)');
    await generate(page);
    await page.waitForFunction('document.activeElement.id === "seed"');
    const words = await page.getByRole('alert').boundingBox();
    const foot = await page.locator('.ticket').boundingBox();
    expect((words?.y ?? 0) + (words?.height ?? 0)).toBeLessThanOrEqual(foot?.y ?? 0);
    expect((await page.getByRole('textbox', { name: 'Seed' }).boundingBox())?.y).toBeGreaterThan(
      52,
    );
  });

  it('follows the number of images as it is typed, and sends what it says', async () => {
    await ticket().getByText('1 call to Google').waitFor();
    await images().press('ControlOrMeta+a');
    await images().press('Delete');
    await images().press('3');
    await ticket().getByText('3 calls to Google at once').waitFor();
    await ticket().getByText('≈ $0.40').waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('images');
    // More than there can be is the most there can be, at once.
    await images().press('9');
    await ticket().getByText('10 calls to Google at once').waitFor();
    expect(await images().inputValue()).toBe('10');
    // Nothing typed yet: the last number counts, and comes back.
    await images().fill('2');
    await images().fill('');
    await ticket().getByText('2 calls to Google at once').waitFor();
    await images().press('Tab');
    expect(await images().inputValue()).toBe('2');
    await fillPrompt(page, 'a boat');
    await generate(page);
    await imagesMade(page).getByRole('img', { name: 'a boat' }).nth(1).waitFor();
    expect(easel.emulator.requests).toHaveLength(2);
  });

  it('sends the compression as it is typed', async () => {
    await page.getByRole('combobox', { name: 'Format' }).selectOption('webp');
    await seed();
    await fillPrompt(page, 'a boat');
    const sent = page.waitForRequest('**/v1/images/generations');
    await page.getByRole('spinbutton', { name: 'Compression' }).fill('45');
    await page.getByRole('spinbutton', { name: 'Compression' }).press('ControlOrMeta+Enter');
    expect((await sent).postDataJSON()).toMatchObject({ output_compression: 45 });
    await imagesMade(page).getByRole('img', { name: 'a boat' }).waitFor();
  });

  it('generates by Ctrl+Enter from wherever the focus is', async () => {
    await fillPrompt(page, 'a boat');
    const places: Locator[] = [
      page.getByRole('textbox', { name: 'Prompt', exact: true }),
      images(),
      page.getByRole('combobox', { name: 'Model' }),
      page.getByRole('radio', { name: '16:9' }),
      await seed(),
      page.getByText('More', { exact: false }).first(),
      page.getByRole('button', { name: 'Generate' }),
      page.getByRole('tab', { name: 'Make' }),
      page.locator('body'),
    ];
    for (const [index, place] of places.entries()) {
      await place.evaluate('(element) => element.focus()');
      if (index === places.length - 1) {
        await page.evaluate('document.activeElement.blur()');
      }
      await page.keyboard.press(index % 2 === 0 ? 'Control+Enter' : 'Meta+Enter');
      await imagesMade(page).getByRole('img', { name: 'a boat' }).nth(index).waitFor();
      await page.getByRole('button', { name: 'Generate' }).waitFor();
      expect(easel.emulator.requests).toHaveLength(index + 1);
    }
    // On a picture too, which Enter alone opens.
    await imagesMade(page).getByRole('button').first().focus();
    await page.keyboard.press('Control+Enter');
    await imagesMade(page).getByRole('img', { name: 'a boat' }).nth(places.length).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  it('shows the form that it hid if Ctrl+Enter lacks a prompt', async () => {
    await page.keyboard.press('\\');
    await page.getByRole('button', { name: 'Generate' }).waitFor({ state: 'hidden' });
    await page.keyboard.press('Control+Enter');
    await page.getByRole('alert').filter({ hasText: 'Write a prompt first.' }).waitFor();
    await page.waitForFunction('document.activeElement.id === "prompt"');
    expect(await page.getByRole('textbox', { name: 'Prompt', exact: true }).isVisible()).toBe(true);
  });

  it('stops nothing by Ctrl+Enter while an image is at work', async () => {
    easel.emulator.injectFault({ kind: 'latency', ms: 3000 });
    await fillPrompt(page, 'a boat');
    await generate(page);
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    await page.keyboard.press('Control+Enter');
    await imagesMade(page).getByRole('img', { name: 'a boat' }).waitFor();
    expect(easel.emulator.requests).toHaveLength(1);
  });

  it('generates by no key from within a dialog, or from another view', async () => {
    await fillPrompt(page, 'a boat');
    await generate(page);
    await imagesMade(page).getByRole('img', { name: 'a boat' }).waitFor();
    await page.getByRole('button', { name: 'Generate' }).waitFor();
    for (const [button, dialog] of [
      ['Open', /^Picture/],
      ['Code', 'Code'],
    ] as const) {
      await imagesMade(page).getByRole('button', { name: button, exact: true }).click();
      await page.getByRole('dialog', { name: dialog }).waitFor();
      await page.keyboard.press('Control+Enter');
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    await page.getByRole('tab', { name: 'Pool' }).click();
    await page.keyboard.press('Control+Enter');
    await page.getByRole('tab', { name: 'Make' }).click();
    expect(await imagesMade(page).getByRole('img', { name: 'a boat' }).count()).toBe(1);
    expect(easel.emulator.requests).toHaveLength(1);
  });
});
