import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page, Route } from 'playwright-core';
import { startEasel, type RunningEasel } from '../running-easel';
import { describeInBrowser, launchChromium } from './chromium';
import { isScrollingSideways, openConsole, type ConsolePage } from './console-page';

const OPERATOR = 'operator-key-0123456789';
const MEMBER = 'member-key-0123456789';
const LIMITED = 'limited-key-0123456789';
const TIGHT = 'tight-key-0123456789';

describeInBrowser('the views of the console', () => {
  let browser: Browser;
  let easel: RunningEasel;
  let opened: ConsolePage;
  const folder = mkdtempSync(join(tmpdir(), 'easel-console-'));

  beforeAll(async () => {
    easel = await startEasel({
      accounts: 2,
      env: {
        PROXY_AUTH_MODE: 'strict',
        PROXY_API_KEY: OPERATOR,
        DATABASE_URL: '',
        DATA_DIR: folder,
      },
      consumers: [
        {
          consumer: { name: 'design', role: 'member', enabled: true },
          keys: [createHash('sha256').update(MEMBER).digest('hex')],
        },
        {
          consumer: {
            name: 'shop',
            role: 'member',
            enabled: true,
            maxImageSize: '2K',
            limits: { imagesPerMinute: 20, imagesPerDay: 4 },
            budget: { usdPerMonth: 0.5 },
            expiresAt: Date.UTC(2027, 3, 1),
          },
          keys: [createHash('sha256').update(LIMITED).digest('hex')],
        },
        {
          consumer: {
            name: 'lab',
            role: 'member',
            enabled: true,
            limits: { imagesPerMinute: 1, imagesPerDay: 2 },
          },
          keys: [createHash('sha256').update(TIGHT).digest('hex')],
        },
      ],
    });
    await easel.generate({ prompt: 'a boat' }, { authorization: `Bearer ${MEMBER}` });
    browser = await launchChromium();
  });
  afterEach(async () => {
    expect(opened.problems).toEqual([]);
    await opened.context.close();
  });
  afterAll(async () => {
    await browser.close();
    await easel.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(key: string, width = 1280): Promise<Page> {
    opened = await openConsole(browser, easel.url, { key, width });
    await opened.page.getByRole('tab', { name: 'Make' }).waitFor();
    return opened.page;
  }

  it.each([1280, 360])(
    'shows an operator the pool at %i px, and enables an account',
    async (width) => {
      const page = await open(OPERATOR, width);
      await page.getByRole('tab', { name: 'Pool' }).click();
      const row = page
        .getByRole('region', { name: 'Account pool' })
        .getByRole('row')
        .filter({ hasText: 'account-1@test' });
      await row.getByRole('button', { name: 'Disable' }).click();
      await row.getByText('Disabled', { exact: true }).waitFor();
      await row.getByRole('button', { name: 'Enable' }).click();
      await row.getByText('Ready', { exact: true }).waitFor();
      expect(await row.getByRole('button', { name: 'Enable' }).count()).toBe(0);
      expect(await isScrollingSideways(page)).toBe(false);
    },
  );

  it('shows no figure of an account before the ledger has answered', async () => {
    const page = await open(OPERATOR);
    const held: Route[] = [];
    await page.route('**/v1/usage?*', (route) => {
      held.push(route);
    });
    await page.getByRole('tab', { name: 'Pool' }).click();
    const row = page.getByRole('row').filter({ hasText: 'account-1@test' });
    const cells = row.getByRole('cell');
    await row.getByText('–').first().waitFor();
    expect((await cells.allInnerTexts()).slice(2, 5)).toEqual(['–', '–', '–']);
    await Promise.all(held.map((route) => route.continue()));
    await row.getByText(/^\$\d/).waitFor();
  });

  it('updates the state of an account automatically', async () => {
    const page = await open(OPERATOR);
    await page.getByRole('tab', { name: 'Pool' }).click();
    const row = page.getByRole('row').filter({ hasText: 'account-2@test' });
    await row.getByText('Ready', { exact: true }).waitFor();
    const headers = { authorization: `Bearer ${OPERATOR}` };
    const account = `${easel.url}/v1/accounts/account-2@test`;
    await fetch(`${account}/disable`, { method: 'POST', headers });
    await row.getByText('Disabled', { exact: true }).waitFor();
    await fetch(`${account}/enable`, { method: 'POST', headers });
    await row.getByText('Ready', { exact: true }).waitFor();
  });

  it('shows a member no accounts, and only what it used itself', async () => {
    const page = await open(MEMBER);
    expect(await page.getByRole('tab', { name: 'Pool' }).count()).toBe(0);
    await page.goto(`${easel.url}/console#pool`);
    expect(await page.getByRole('region', { name: 'Account pool' }).count()).toBe(0);
    await page.getByRole('tab', { name: 'Usage' }).click();
    const usage = page.getByRole('region', { name: 'Usage', exact: true });
    await usage.getByRole('row').filter({ hasText: 'design' }).waitFor();
    expect(await usage.getByRole('row').count()).toBe(2);
    await usage.getByText('Left on this key').waitFor();
  });

  it.each([1280, 360])(
    'shows at %i px what is left of the key’s limits, and which request would exceed them',
    async (width) => {
      const page = await open(LIMITED, width);
      const before = await leftOfLimited();
      await page.getByRole('textbox', { name: 'Prompt', exact: true }).fill('a crane');
      await page.getByRole('spinbutton', { name: 'Images' }).fill('4');
      await page.getByRole('spinbutton', { name: 'Images' }).press('Tab');
      const ticket = page.getByRole('region', { name: 'What will be sent' });
      await ticket.getByText('≈ $0.54').waitFor();
      await ticket.getByText(/^\$0\.\d+ more than this key has left$/).waitFor();
      await page.getByRole('spinbutton', { name: 'Images' }).fill('1');
      await page.getByRole('spinbutton', { name: 'Images' }).press('Tab');
      await ticket.getByText('≈ $0.13').waitFor();
      expect(await ticket.getByText('more than this key has left').count()).toBe(0);
      const largest = page.getByRole('radio', { name: '4K' });
      expect(await largest.isDisabled()).toBe(true);
      await page.getByTitle('Your key goes up to 2K').waitFor();
      await page.getByRole('button', { name: 'Generate' }).click();
      await page.getByRole('img', { name: 'a crane' }).first().waitFor();
      await page.getByRole('button', { name: 'Generate' }).waitFor();

      await page.getByRole('tab', { name: 'Usage' }).click();
      const card = page.getByRole('region', { name: 'Left on this key' });
      const { day, usd } = await leftOfLimited();
      expect(day).toBe(before.day - 1);
      const images = card.getByRole('meter', { name: 'Images today' });
      await card.getByText(`${day} of 4`).waitFor();
      expect(await fill(images)).toBeCloseTo(day / 4, 2);
      await card.getByText(/^\$0\.\d+ of \$0\.50$/).waitFor();
      expect(await fill(card.getByRole('meter', { name: 'Month' }))).toBeCloseTo(usd / 0.5, 2);
      await card.getByText('starts afresh at 00:00 UTC').waitFor();
      await card.getByText('31 March 2027').waitFor();
      if (width > 720) {
        const purse = page.getByRole('banner').getByRole('meter', { name: 'Budget left' });
        expect(Number(await purse.getAttribute('aria-valuenow'))).toBeCloseTo(usd, 5);
      }
    },
  );

  it('distinguishes a limit of the key from one of the pool', async () => {
    const page = await open(TIGHT);
    const generate = async () => {
      await page.getByRole('textbox', { name: 'Prompt', exact: true }).fill('a crane');
      await page.getByRole('button', { name: 'Generate' }).click();
    };
    await generate();
    await page.getByRole('img', { name: 'a crane' }).waitFor();
    await generate();
    const alert = page.getByRole('alert');
    await alert.getByText('Your key makes 1 image a minute, and has.').waitFor();
    await alert.getByRole('button', { name: /^Try again in \d+ s/ }).waitFor();
    // What the alert says of all is not said once more by each empty frame.
    expect(await page.getByText('Not made').count()).toBe(0);
    opened.forget(/429/);
  });

  /** The part of a bar that is filled. */
  async function fill(bar: Locator): Promise<number> {
    const [whole, part] = await Promise.all([bar.boundingBox(), bar.locator('div').boundingBox()]);
    return (part?.width ?? 0) / (whole?.width ?? 0);
  }

  async function leftOfLimited(): Promise<{ day: number; usd: number }> {
    const headers = { authorization: `Bearer ${LIMITED}` };
    const key = (await (await fetch(`${easel.url}/v1/key`, { headers })).json()) as {
      limits: { images_per_day: { remaining: number } };
      budget: { limit_usd: number; spent_usd: number };
    };
    const { limit_usd: limit, spent_usd: spent } = key.budget;
    return { day: key.limits.images_per_day.remaining, usd: limit - spent };
  }

  it.each([1280, 360])(
    'shows usage by day and group at %i px, and gives it as CSV',
    async (width) => {
      const page = await open(OPERATOR, width);
      await page.getByRole('tab', { name: 'Usage' }).click();
      const usage = page.getByRole('region', { name: 'Usage', exact: true });
      await usage.getByRole('img', { name: /^Images by day|^Cost by day/ }).waitFor();
      await page.getByRole('combobox', { name: 'Grouped' }).selectOption('model');
      await usage.getByRole('row').filter({ hasText: 'gemini-3-pro-image' }).waitFor();
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: 'CSV' }).click();
      expect((await download).suggestedFilename()).toMatch(/^easel-usage-\d{4}-\d\d\.csv$/);
      expect(await isScrollingSideways(page)).toBe(false);
    },
  );
});

describeInBrowser('the pool of the console without a ledger', () => {
  let browser: Browser;
  let easel: RunningEasel;

  beforeAll(async () => {
    easel = await startEasel({ accounts: 1, env: { DATABASE_URL: 'off' } });
    await easel.generate({ prompt: 'a boat' });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    await easel.close();
  });

  it.each([1280, 360])('tells no images and no cost, at %i px', async (width) => {
    const { page, context, problems } = await openConsole(browser, easel.url, { width });
    await page.getByRole('tab', { name: 'Pool' }).click();
    const row = page.getByRole('row').filter({ hasText: 'account-1@test' });
    await row.getByText('0 of 4').waitFor();
    const pool = page.getByRole('region', { name: 'Account pool' });
    expect(await pool.innerText()).not.toMatch(/image|cost|failed|\$/i);
    expect(await isScrollingSideways(page)).toBe(false);
    expect(problems).toEqual([]);
    await context.close();
  });
});
