import type { Browser, Page } from 'playwright-core';
import { startEasel, type RunningEasel } from '../running-easel';
import { describeInBrowser, launchChromium } from './chromium';
import {
  fillPrompt,
  generate,
  imagesMade,
  isScrollingSideways,
  openConsole,
  type ConsolePage,
} from './console-page';

interface GeminiBody {
  readonly contents: readonly {
    readonly parts: readonly { readonly text?: string; readonly inlineData?: object }[];
  }[];
  readonly generationConfig: object;
}

describeInBrowser('a picture of the console, looked at', () => {
  let browser: Browser;
  let easel: RunningEasel;
  let opened: ConsolePage;

  beforeAll(async () => {
    easel = await startEasel({ env: { MAX_ATTEMPTS_PER_IMAGE: '1' } });
    browser = await launchChromium();
  });
  afterEach(async () => {
    expect(opened.problems).toEqual([]);
    await opened.context.close();
    easel.emulator.reset();
  });
  afterAll(async () => {
    await browser.close();
    await easel.close();
  });

  async function make(prompt: string, images: number, width?: number): Promise<Page> {
    opened = await openConsole(browser, easel.url, width === undefined ? {} : { width });
    const { page } = opened;
    await page.getByRole('radio', { name: '16:9' }).check();
    await fillPrompt(page, prompt);
    await page.getByRole('spinbutton', { name: 'Images' }).fill(String(images));
    await page.getByRole('spinbutton', { name: 'Images' }).press('Tab');
    await generate(page);
    await imagesMade(page).getByRole('img', { name: prompt }).first().waitFor();
    await page.getByRole('button', { name: 'Generate' }).waitFor();
    return page;
  }

  async function look(page: Page) {
    await imagesMade(page).getByRole('button', { name: 'Open', exact: true }).first().click();
    const viewer = page.getByRole('dialog', { name: /^Picture/ });
    await viewer.waitFor();
    return viewer;
  }

  it('makes a variation of it, which remembers what it is of', async () => {
    const page = await make('a red boat', 1);
    const viewer = await look(page);
    easel.emulator.reset();
    await viewer.getByRole('button', { name: 'Vary' }).click();
    await imagesMade(page).getByRole('img', { name: 'a red boat' }).nth(1).waitFor();

    expect(easel.emulator.requests).toHaveLength(1);
    const { contents, generationConfig } = easel.emulator.requests[0]?.body as GeminiBody;
    const parts = contents[0]?.parts ?? [];
    expect(parts.filter(({ inlineData }) => inlineData !== undefined)).toHaveLength(1);
    expect(parts.find(({ text }) => text !== undefined)?.text).toMatch(/variation of this image/);
    expect(generationConfig).toMatchObject({ imageConfig: { aspectRatio: '16:9' } });

    const varied = await look(page);
    await varied.getByText('A variation of', { exact: true }).waitFor();
    await varied.getByText(/^\$0\.1\d+$/).waitFor();
    await page.keyboard.press('c');
    const code = page.getByRole('dialog', { name: 'Code' });
    await code.getByText('/v1/images/variations').waitFor();
    await page.keyboard.press('Escape');
    // By its key, from the grid too.
    await page.keyboard.press('Escape');
    easel.emulator.reset();
    await imagesMade(page).getByRole('button').first().focus();
    await page.keyboard.press('v');
    await imagesMade(page).getByRole('img', { name: 'a red boat' }).nth(2).waitFor();
    expect(easel.emulator.requests).toHaveLength(1);
  });

  it('leads back to the form from the images, on a phone', async () => {
    const page = await make('a boat far from the form', 1, 360);
    const ticket = page.getByRole('region', { name: 'What will be sent' });
    await ticket.getByRole('heading', { name: 'a boat far from the form' }).waitFor();
    await page.getByRole('button', { name: 'Back to the form' }).click();
    await ticket.getByRole('heading', { name: 'What will be sent' }).waitFor();
    expect(await page.evaluate<string>('document.activeElement.id')).toBe('prompt');
    expect(await page.getByRole('button', { name: 'Back to the form' }).count()).toBe(0);
  });

  it('shows the next one after a swipe, on a phone', async () => {
    const page = await make('two boats', 2, 360);
    const viewer = await look(page);
    const here = () => viewer.getByText(/^\d of 2$/).innerText();
    expect(await here()).toBe('1 of 2');
    const session = await opened.context.newCDPSession(page);
    const swipe = async (from: number, to: number) => {
      const at = (x: number) => ({ touchPoints: [{ x, y: 140 }] });
      await session.send('Input.dispatchTouchEvent', { type: 'touchStart', ...at(from) });
      for (const part of [0.3, 0.6, 1]) {
        const moved = at(from + (to - from) * part);
        await session.send('Input.dispatchTouchEvent', { type: 'touchMove', ...moved });
      }
      await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    };
    await swipe(300, 120);
    await viewer.getByText('2 of 2').waitFor();
    // Too short to mean it.
    await swipe(150, 170);
    expect(await here()).toBe('2 of 2');
    await swipe(60, 240);
    await viewer.getByText('1 of 2').waitFor();
    // What is used most stands at the foot, the rest behind More.
    const foot = viewer.getByRole('toolbar', { name: 'What to do with it' });
    expect(await foot.getByRole('button').allInnerTexts()).toEqual([
      'Save',
      'Copy',
      'Edit this',
      'Again',
    ]);
    await foot.getByText('More').click();
    for (const name of ['Use as input', 'Vary', 'Code', 'Remove']) {
      expect(await foot.getByRole('button', { name }).isVisible()).toBe(true);
    }
    expect(await isScrollingSideways(page)).toBe(false);
  });

  it('keeps an empty frame for a failed image in the film strip', async () => {
    await fetch(`${easel.emulator.url}/emulator/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'refusal', finishReason: 'IMAGE_SAFETY', count: 1 }),
    });
    const page = await make('three boats', 3);
    const viewer = await look(page);
    const strip = viewer.getByRole('group', { name: 'Of the same run' });
    expect(await strip.getByRole('button').count()).toBe(2);
    await strip.getByTitle('Not made. Google’s safety filter held this one back.').waitFor();
  });

  it('removes it from the newest run too, and brings it back by Undo', async () => {
    const page = await make('two boats', 2);
    const images = imagesMade(page);
    await images.getByRole('button').first().focus();
    // Undo is there for four seconds, and a busy machine may need most of them, so the page itself checks what is left.
    const removed = page.waitForFunction(
      `document.querySelectorAll('ul[aria-label="Images made"] > li').length === 1`,
    );
    await page.keyboard.press('Delete');
    await page.getByRole('button', { name: 'Undo' }).click();
    await removed;
    await images.getByRole('img', { name: 'two boats' }).nth(1).waitFor();
    await page.reload();
    await images.getByRole('img', { name: 'two boats' }).nth(1).waitFor();
  });

  it('lists its keys behind ?', async () => {
    const page = await make('a boat', 1);
    await imagesMade(page).getByRole('button').first().focus();
    await page.keyboard.press('?');
    const keys = page.getByRole('dialog', { name: 'Keys' });
    await keys.getByText('Use as input').waitFor();
    await page.keyboard.press('Escape');
    expect(await keys.count()).toBe(0);
    // In a field it is a letter like any other.
    const prompt = page.getByRole('textbox', { name: 'Prompt', exact: true });
    await prompt.fill('why');
    await prompt.press('?');
    expect(await prompt.inputValue()).toBe('why?');
    expect(await keys.count()).toBe(0);
  });
});
