import type { Browser } from 'playwright-core';
import { startEasel, type RunningEasel } from '../running-easel';
import { describeInBrowser, launchChromium } from './chromium';
import { fillPrompt, generate, imagesMade, openConsole, type ConsolePage } from './console-page';

/** Chromium says of each response over 399 that a resource failed to load, whatever a page does. */
function ownProblems({ problems }: ConsolePage): readonly string[] {
  return problems.filter((problem) => !problem.startsWith('Failed to load resource'));
}

describeInBrowser('the console when something fails', () => {
  let browser: Browser;
  let easel: RunningEasel;
  let opened: ConsolePage;

  beforeAll(async () => {
    easel = await startEasel({
      accounts: 1,
      env: { MAX_ATTEMPTS_PER_IMAGE: '1', ABANDONED_TTL_SECONDS: '0' },
    });
    browser = await launchChromium();
  });
  beforeEach(async () => {
    easel.emulator.reset();
    opened = await openConsole(browser, easel.url);
  });
  afterEach(async () => {
    expect(ownProblems(opened)).toEqual([]);
    await opened.context.close();
    await fetch(`${easel.url}/v1/accounts/account-1@test/enable`, { method: 'POST' });
  });
  afterAll(async () => {
    await browser.close();
    await easel.close();
  });

  async function fault(body: object): Promise<void> {
    await fetch(`${easel.emulator.url}/emulator/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  async function ask(prompt: string, images = 1): Promise<void> {
    const { page } = opened;
    await fillPrompt(page, prompt);
    await page.getByRole('spinbutton', { name: 'Images' }).fill(String(images));
    await page.getByRole('spinbutton', { name: 'Images' }).press('Tab');
    await generate(page);
  }

  it('wants a prompt first', async () => {
    const { page } = opened;
    await generate(page);
    await page.getByText('Write a prompt first.').waitFor();
    expect(await page.evaluate<string>('document.activeElement.id')).toBe('prompt');
    expect(easel.emulator.requests).toHaveLength(0);
  });

  it('shows the error of a field next to the field, and moves the focus there', async () => {
    const { page } = opened;
    await ask('a'.repeat(32_001));
    await page.locator('#prompt-complaint').getByText('32000').waitFor();
    expect(await page.evaluate<string>('document.activeElement.id')).toBe('prompt');
    // It is told once, and there.
    expect(await page.getByRole('alert').allInnerTexts()).toEqual([
      await page.locator('#prompt-complaint').innerText(),
    ]);
    const prompt = page.getByRole('textbox', { name: 'Prompt', exact: true });
    expect(await prompt.getAttribute('aria-invalid')).toBe('true');
    expect(await prompt.getAttribute('aria-describedby')).toBe('prompt-complaint');
    await fillPrompt(page, 'a boat');
    expect(await page.locator('#prompt-complaint').innerText()).toBe('');
    expect(await prompt.getAttribute('aria-invalid')).toBe('false');
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(easel.emulator.requests).toHaveLength(0);
  });

  it('says that Google refused, and moves the focus to the prompt', async () => {
    const { page } = opened;
    await ask('something [refuse]');
    const alert = page.getByRole('alert').filter({ hasText: 'Google refused this prompt.' });
    await alert.getByRole('button', { name: 'Change the prompt' }).click();
    expect(await page.evaluate<string>('document.activeElement.id')).toBe('prompt');
  });

  it('tells what it cost that Google gave no picture, for all that were asked for', async () => {
    const { page } = opened;
    await fault({ kind: 'no_image' });
    const costs: number[] = [];
    page.on('response', (response) => {
      if (response.url().endsWith('/v1/images/generations')) {
        costs.push(Number(response.headers()['x-cost-usd']));
      }
    });
    await ask('a boat', 3);
    const alert = page.getByRole('alert').filter({ hasText: 'Google gave no picture.' });
    await alert.getByText('It cost $0.').waitFor();
    await page.getByRole('button', { name: 'Generate' }).waitFor();
    expect(costs).toHaveLength(3);
    expect(Math.min(...costs)).toBeGreaterThan(0);
    const told = /It cost \$(\d\.\d+)\./.exec(await alert.innerText())?.[1];
    expect(Number(told)).toBeCloseTo(
      costs.reduce((sum, cost) => sum + cost, 0),
      3,
    );
  });

  it('counts down a rate limit, and never sends by itself', async () => {
    const { page } = opened;
    await fault({ kind: 'rate_limit', retryDelay: '3s', count: 1 });
    await ask('a boat');
    const alert = page.getByRole('alert').filter({ hasText: 'All accounts are resting.' });
    const wait = alert.getByRole('button', { name: /Try again in \d+ s/ });
    await wait.waitFor();
    expect(await wait.isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Try again', exact: true }).waitFor();
    expect(easel.emulator.requests).toHaveLength(1);
    await page.getByRole('button', { name: 'Try again', exact: true }).click();
    await imagesMade(page).getByRole('img', { name: 'a boat' }).waitFor();
    expect(await alert.count()).toBe(0);
  });

  it('leaves the frame of a failed image empty, with the reason', async () => {
    const { page } = opened;
    await fault({ kind: 'refusal', finishReason: 'IMAGE_SAFETY', count: 1 });
    await ask('two boats', 2);
    const images = imagesMade(page);
    await images.getByRole('img', { name: 'two boats' }).waitFor();
    const empty = images.getByRole('listitem').filter({ hasText: 'Not made' });
    await empty.getByText('Google’s safety filter held this one back.').waitFor();
    await page.getByText('1 of 2 images').waitFor();
    await empty.getByRole('button', { name: 'Try this one again' }).click();
    await images.getByRole('img', { name: 'two boats' }).nth(1).waitFor();
  });

  it('hangs up on Stop, and says what Google may charge', async () => {
    const { page } = opened;
    await fault({ kind: 'latency', ms: 60_000 });
    await ask('a slow boat', 2);
    await page.getByText('Drawing').first().waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('alert').filter({ hasText: '2 had begun and may be charged' }).waitFor();
    await page.getByRole('button', { name: 'Generate' }).waitFor();
  });

  it('says that Easel does not respond', async () => {
    const { page, context } = opened;
    await page.getByRole('button', { name: 'Generate' }).waitFor();
    await context.setOffline(true);
    await ask('a boat');
    await page.getByRole('alert').filter({ hasText: 'Easel does not answer.' }).waitFor();
    await context.setOffline(false);
    await page.getByText('Easel answers again.').waitFor();
    expect(easel.emulator.requests).toHaveLength(0);
    await page.getByRole('button', { name: 'Try again' }).click();
    await imagesMade(page).getByRole('img', { name: 'a boat' }).waitFor();
  });
});
