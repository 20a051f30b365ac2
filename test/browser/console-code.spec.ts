import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { describeWithPython } from '../clients/python';
import { startEasel, type RunningEasel } from '../running-easel';
import { describeInBrowser, launchChromium } from './chromium';
import { fillPrompt, generate, imagesMade, openConsole, type ConsolePage } from './console-page';

const run = promisify(execFile);
const KEY = 'the-right-key-0123456789';
const PROMPT = 'It\'s a "late" boat, $HOME `ls` \\ ü';

describeInBrowser('the code of the console', () => {
  let browser: Browser;
  let easel: RunningEasel;
  let opened: ConsolePage;
  let page: Page;
  /** Inside the project, so that Node finds its packages. */
  const folder = mkdtempSync(join(__dirname, '../../node_modules/.cache/easel-code-'));

  beforeAll(async () => {
    easel = await startEasel({ env: { PROXY_AUTH_MODE: 'strict', PROXY_API_KEY: KEY } });
    browser = await launchChromium();
    opened = await openConsole(browser, easel.url, { key: KEY });
    ({ page } = opened);
    await page.getByRole('radio', { name: '16:9' }).check();
    await fillPrompt(page, PROMPT);
    await page.getByRole('spinbutton', { name: 'Images' }).fill('2');
    await page.getByRole('spinbutton', { name: 'Images' }).press('Tab');
    await generate(page);
    await imagesMade(page).getByRole('img', { name: PROMPT }).nth(1).waitFor();
    await imagesMade(page).getByRole('button', { name: 'Code' }).first().click();
  });
  afterAll(async () => {
    await opened.context.close();
    await browser.close();
    await easel.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function codeAs(language: string, tick?: string): Promise<string> {
    await page.getByRole('tab', { name: language, exact: true }).click();
    const box = tick === undefined ? undefined : page.getByRole('checkbox', { name: tick });
    await box?.check();
    const code = await page.getByRole('tabpanel', { name: `${language} code` }).innerText();
    await box?.uncheck();
    expect(code).not.toContain(KEY);
    return code;
  }

  async function runs(
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    easel.emulator.reset();
    await run(program, args, { cwd: folder, env: { ...process.env, ...env, EASEL_API_KEY: KEY } });
    expect(easel.emulator.requests).toHaveLength(2);
    for (const { body } of easel.emulator.requests) {
      expect(body).toMatchObject({
        contents: [{ parts: [{ text: PROMPT }] }],
        generationConfig: { imageConfig: { aspectRatio: '16:9' } },
      });
    }
  }

  function expectImages(): void {
    for (const name of ['image-1.jpg', 'image-2.jpg']) {
      const path = join(folder, name);
      expect(readFileSync(path).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
      rmSync(path);
    }
  }

  it('runs as curl', async () => {
    await runs('/bin/sh', ['-c', await codeAs('curl')]);
    const { data } = JSON.parse(readFileSync(join(folder, 'images.json'), 'utf8')) as {
      data: unknown[];
    };
    expect(data).toHaveLength(2);
  });

  it.each([undefined, 'Stream interim images', 'Safe to send twice (Idempotency-Key)'])(
    'runs in Node: %s',
    async (tick) => {
      const file = join(folder, 'image.mjs');
      writeFileSync(file, await codeAs('Node', tick));
      await runs(process.execPath, [file]);
      expectImages();
    },
  );

  describeWithPython('in Python', 'openai-python', ({ python }) => {
    it.each([undefined, 'Stream interim images'])('runs: %s', async (tick) => {
      const file = join(folder, 'image.py');
      writeFileSync(file, await codeAs('Python', tick));
      await runs(python.program, [file], python.env);
      expectImages();
    });
  });

  it('copies what it shows', async () => {
    await opened.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const code = await codeAs('curl');
    await page.getByRole('dialog').getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate<string>('navigator.clipboard.readText()')).toBe(code);
  });

  describe('of a variation', () => {
    beforeAll(async () => {
      await page.keyboard.press('Escape');
      await imagesMade(page).getByRole('button').first().focus();
      await page.keyboard.press('v');
      await page.getByText('1 image', { exact: true }).waitFor();
      await imagesMade(page).getByRole('button', { name: 'Code' }).first().click();
      const create = { width: 64, height: 48, channels: 3, background: '#38a' } as const;
      writeFileSync(join(folder, 'input-1.png'), await sharp({ create }).png().toBuffer());
    });

    async function varies(
      program: string,
      args: readonly string[],
      env: Readonly<Record<string, string>> = {},
    ): Promise<void> {
      easel.emulator.reset();
      const surroundings = { ...process.env, ...env, EASEL_API_KEY: KEY };
      await run(program, args, { cwd: folder, env: surroundings });
      expect(easel.emulator.requests).toHaveLength(1);
      const body = JSON.stringify(easel.emulator.requests[0]?.body);
      expect(body).toContain('Make a variation of this image');
      expect(body).toContain('"aspectRatio":"16:9"');
    }

    it('runs as curl', async () => {
      await varies('/bin/sh', ['-c', await codeAs('curl')]);
    });

    it('runs in Node', async () => {
      const file = join(folder, 'variation.mjs');
      writeFileSync(file, await codeAs('Node'));
      await varies(process.execPath, [file]);
    });

    describeWithPython('in Python', 'openai-python', ({ python }) => {
      it('runs', async () => {
        const file = join(folder, 'variation.py');
        writeFileSync(file, await codeAs('Python'));
        await varies(python.program, [file], python.env);
      });
    });
  });
});
