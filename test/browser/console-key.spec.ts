import { createHash } from 'node:crypto';
import type { Browser, Page, Request } from 'playwright-core';
import type { ConsumerRole } from '../../src/context/consumer';
import { startEasel, type RunningEasel } from '../running-easel';
import { describeInBrowser, launchChromium } from './chromium';
import { openConsole, type ConsolePage } from './console-page';

const OPERATOR = 'operator-key-0123456789';
const MEMBER = 'member-key-0123456789';
const SMALL = 'small-key-0123456789';
const MONITOR = 'monitor-key-0123456789';

describeInBrowser('the key of the console', () => {
  let browser: Browser;
  let easel: RunningEasel;
  let opened: ConsolePage;
  let page: Page;
  let asked: Request[];

  beforeAll(async () => {
    easel = await startEasel({
      env: { PROXY_AUTH_MODE: 'strict', PROXY_API_KEY: OPERATOR },
      consumers: [
        consumer('design', 'member', MEMBER, { budget: { usdPerMonth: 20 } }),
        consumer('small', 'member', SMALL, { maxImageSize: '1K' }),
        consumer('dashboards', 'monitor', MONITOR),
      ],
    });
    browser = await launchChromium();
  });
  afterEach(async () => {
    // Chromium says of each response over 399 that a resource failed to load.
    expect(opened.problems.filter((text) => !text.startsWith('Failed to load'))).toEqual([]);
    await opened.context.close();
  });
  afterAll(async () => {
    await browser.close();
    await easel.close();
  });

  function consumer(name: string, role: ConsumerRole, key: string, rest: object = {}) {
    return {
      consumer: { name, role, enabled: true, ...rest },
      keys: [createHash('sha256').update(key).digest('hex')],
    };
  }

  async function open(key?: string): Promise<void> {
    opened = await openConsole(browser, easel.url, key === undefined ? {} : { key });
    ({ page } = opened);
    asked = [];
    page.on('request', (request) => asked.push(request));
  }

  async function enter(key: string): Promise<void> {
    await page.getByLabel('API key').fill(key);
    await page.getByRole('button', { name: 'Open the console' }).click();
  }

  const priceOf = (name: string) => page.getByText(name, { exact: true }).locator('~ .tile-price');

  it('asks for nothing without it, so that prices and purse are there at once', async () => {
    await open();
    await enter(MEMBER);
    for (const name of ['1K', '2K', '4K']) {
      await priceOf(name)
        .getByText(/^\$0\.\d+$/)
        .waitFor();
    }
    await page.getByText('$20.00 of $20 left').waitFor();
    const withoutKey = asked.filter(
      (request) => request.url().includes('/v1/') && !('authorization' in request.headers()),
    );
    expect(withoutKey.map((request) => request.url())).toEqual([]);
  });

  it('asks for the prices again with another key, which has other sizes', async () => {
    await open(SMALL);
    await priceOf('1K').getByText(/^\$/).waitFor();
    expect(await priceOf('4K').innerText()).toContain('Your key goes up to 1K');
    await page.getByTitle('Key', { exact: true }).click();
    await page.getByRole('button', { name: 'Change key' }).click();
    await enter(OPERATOR);
    await priceOf('4K')
      .getByText(/^\$0\.\d+$/)
      .waitFor();
  });

  it.each(['entered', 'kept'])(
    'says of a monitor’s key that was %s what to do, and takes another',
    async (how) => {
      await open(how === 'kept' ? MONITOR : undefined);
      if (how === 'entered') {
        await enter(MONITOR);
      }
      const alert = page.getByRole('alert').filter({ hasText: 'This key makes no images.' });
      await alert.getByText('Enter the key of a member or an operator.').waitFor();
      expect(await page.getByLabel('API key').getAttribute('aria-invalid')).toBe('true');
      await enter(OPERATOR);
      await page.getByRole('textbox', { name: 'Prompt', exact: true }).waitFor();
      expect(await page.evaluate<string>('sessionStorage.getItem("easel-api-key")')).toBe(OPERATOR);
    },
  );
});
