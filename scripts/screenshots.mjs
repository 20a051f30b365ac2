// Takes the pictures of the console that README.md and docs/ show: the built program, the emulator behind it, Chromium.
// `npm run screenshots`, or `npm run screenshots -- FOLDER` for all states, to look at.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { chromium } from 'playwright-core';

const [, , folder] = process.argv;
const DOCS = 'docs/images';
/** The states that the documentation shows. */
const SHOWN = ['console', 'console-mask', 'console-pool', 'console-code'];

const work = mkdtempSync(join(tmpdir(), 'easel-screenshots-'));
const accounts = ['studio', 'press', 'images', 'lab', 'spare', 'old'];
const consumers = ['design', 'shop', 'press', 'lab'];
const keyOf = (consumer) => `sample-key-of-${consumer}`;
const running = [];

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function start(program, env, probe) {
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, ...env },
    stdio: 'ignore',
  });
  running.push(child);
  for (let tries = 0; tries < 150; tries += 1) {
    try {
      await fetch(probe);
      return;
    } catch {
      await pause(200);
    }
  }
  throw new Error(`${program} does not answer`);
}

async function startAll() {
  const emulator = `http://127.0.0.1:${await freePort()}`;
  await start(
    'dist/emulator/main.js',
    { EMULATOR_PORT: new URL(emulator).port, EMULATOR_LATENCY_MS: '900', LOG_LEVEL: 'silent' },
    `${emulator}/v1beta/models`,
  );
  const yaml = accounts.map(
    (name) => `  - email: ${name}@example.com
    provider: gemini
    apiKey: sample-${name}
    baseUrl: ${emulator}\n`,
  );
  writeFileSync(join(work, 'accounts.yaml'), `accounts:\n${yaml.join('')}`);
  const limits =
    'limits: { imagesPerMinute: 600, imagesPerDay: 500 }, budget: { usdPerMonth: 200 }';
  const known = consumers.map(
    (name) =>
      `  - { name: ${name}, key: ${keyOf(name)}, role: operator, expires: 2027-03-31, ${limits} }`,
  );
  known.push(`  - { name: late, key: ${keyOf('late')}, expires: 2026-10-31 }`);
  writeFileSync(join(work, 'consumers.yaml'), `consumers:\n${known.join('\n')}\n`);
  const easel = `http://127.0.0.1:${await freePort()}`;
  await start(
    'dist/main.js',
    {
      PORT: new URL(easel).port,
      ACCOUNTS_FILE: join(work, 'accounts.yaml'),
      CONSUMERS_FILE: join(work, 'consumers.yaml'),
      DATA_DIR: work,
      LOG_LEVEL: 'error',
    },
    `${easel}/healthz`,
  );
  return { emulator, easel };
}

function generate(easel, consumer, body, headers = {}) {
  return fetch(`${easel}/v1/images/generations`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${keyOf(consumer)}`,
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify(body),
  });
}

async function fault(emulator, body) {
  await fetch(`${emulator}/emulator/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function shoot(page, name) {
  // Animations are over, and lazy parts are loaded.
  await pause(250);
  const path = SHOWN.includes(name) ? join(DOCS, `${name}.jpg`) : undefined;
  const targets = [path, folder && join(folder, `${name}.png`)].filter(Boolean);
  for (const target of targets) {
    const type = target.endsWith('.jpg') ? { type: 'jpeg', quality: 88 } : { type: 'png' };
    await page.screenshot({ path: target, ...type });
  }
}

async function ask(page, prompt, ratio, images) {
  await page.getByRole('textbox', { name: 'Prompt', exact: true }).fill(prompt);
  await page.getByRole('radio', { name: ratio, exact: true }).check();
  await page.getByRole('spinbutton', { name: 'Images' }).fill(String(images));
  await page.getByRole('spinbutton', { name: 'Images' }).press('Tab');
  await page.getByRole('button', { name: 'Generate' }).click();
}

async function make(page, prompt, ratio, images) {
  await ask(page, prompt, ratio, images);
  await page.getByRole('button', { name: 'Stop' }).waitFor();
  await page.getByRole('button', { name: 'Generate' }).waitFor();
}

async function open(browser, easel, { width, height, scheme }) {
  const isPhone = width < 720;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    hasTouch: isPhone,
    isMobile: isPhone,
    deviceScaleFactor: isPhone ? 2 : 1,
  });
  const page = await context.newPage();
  await page.addInitScript(`sessionStorage.setItem('easel-api-key', '${keyOf('design')}')`);
  await page.goto(`${easel}/console`);
  await page.getByRole('tab', { name: 'Make' }).waitFor();
  return page;
}

const BOATS = 'Sailing boats at sunset, flat colours';

/** Some pictures of an earlier hour, in all shapes. */
async function fill(page) {
  await make(page, 'A lighthouse in a storm, waves breaking', '1:1', 1);
  await make(page, 'A paper crane on a wooden table', '4:3', 1);
  await make(page, 'A fox in the snow at night', '3:2', 1);
  await make(page, 'A meadow of tall flowers, cut paper', '16:9', 1);
  await make(page, 'A rocket over the desert', '9:16', 1);
  await make(page, 'A calm bay with a castle', '3:2', 1);
  await make(page, 'Distant mountains, purple dusk', '9:16', 1);
  await make(page, 'A wall of patterned tiles', '1:1', 1);
  await make(page, 'A balloon over the hills in summer', '16:9', 1);
}

async function wide(browser, { easel, emulator }, scheme) {
  const page = await open(browser, easel, { width: 1280, height: 800, scheme });
  const suffix = scheme === 'light' ? '' : '-dark';
  const state = (name) => shoot(page, `${name}${suffix}`);
  const first = page.getByRole('list', { name: 'Images made' }).getByRole('listitem').first();
  await page.getByText('$0.134').first().waitFor();
  await state('console-empty');
  await fill(page);
  await page.getByRole('radio', { name: '2K', exact: true }).check();
  await ask(page, BOATS, '16:9', 2);
  await page
    .getByText(/^Interim \d of/)
    .first()
    .waitFor();
  await state('console-working');
  await page.getByRole('button', { name: 'Generate' }).waitFor();
  await pause(2500);
  await page.mouse.move(900, 30);
  await state('console');
  if (folder) {
    await page.setViewportSize({ width: 1600, height: 1000 });
    await page.reload();
    await first.waitFor();
    await page.getByText('More', { exact: false }).first().click();
    await first.hover();
    await first.getByRole('button', { name: 'Edit this' }).hover();
    await pause(600);
    await state('console-1600');
    await page.getByText('More', { exact: false }).first().click();
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.keyboard.press('Escape');
    await first.getByRole('button').first().focus();
    await page.keyboard.press('?');
    await state('console-keys');
    await page.keyboard.press('Escape');
  }
  await first.getByRole('button', { name: 'Code' }).click();
  await page.getByRole('tab', { name: 'Python' }).click();
  await state('console-code');
  await page.keyboard.press('Escape');
  await first.getByRole('button', { name: 'Open', exact: true }).click();
  await state('console-viewer');
  await page.getByRole('dialog').getByRole('button', { name: 'Edit this' }).click();
  await page.getByRole('textbox', { name: 'Prompt', exact: true }).fill('A red hot-air balloon');
  const box = await page.getByRole('application').boundingBox();
  await page.mouse.move(box.x + box.width * 0.62, box.y + box.height * 0.36);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.66, box.y + box.height * 0.36, { steps: 4 });
  await page.mouse.move(box.x + box.width * 0.64, box.y + box.height * 0.5, { steps: 4 });
  await page.mouse.up();
  await state('console-mask');
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Remove image 1' }).click();
  await page.getByRole('combobox', { name: 'Model' }).selectOption('gemini-2.5-flash-image');
  await page.getByText('More', { exact: false }).first().click();
  await make(page, 'Something [refuse]', '16:9', 1);
  await state('console-refused');
  await page.getByText('More', { exact: false }).first().click();
  await page.getByRole('combobox', { name: 'Model' }).selectOption('gemini-3-pro-image');
  await page.getByRole('radio', { name: '2K', exact: true }).check();
  await fault(emulator, { kind: 'refusal', finishReason: 'IMAGE_SAFETY', count: 1 });
  await make(page, 'Mountain valley in fog', '16:9', 4);
  await pause(2500);
  await state('console-partial');
  if (folder) {
    await fault(emulator, { kind: 'rate_limit', retryDelay: '25s', count: 40 });
    await make(page, BOATS, '16:9', 4);
    await state('console-resting');
    await fetch(`${emulator}/emulator/faults`, { method: 'DELETE' });
    await page.getByRole('searchbox').fill('harbor');
    await state('console-search');
  }
  await page.context().close();
}

async function restNobody(easel) {
  const headers = { authorization: `Bearer ${keyOf('design')}` };
  for (const name of accounts) {
    await fetch(`${easel}/v1/accounts/${name}@example.com/enable`, { method: 'POST', headers });
  }
}

async function pool(browser, { easel, emulator }, scheme) {
  const suffix = scheme === 'light' ? '' : '-dark';
  if (scheme === 'light') {
    for (const [index, consumer] of consumers.entries()) {
      await generate(easel, consumer, { prompt: 'A paper crane', n: 6 - index });
    }
    await fault(emulator, { kind: 'rate_limit', retryDelay: '55s', key: 'sample-lab', count: 1 });
    await fault(emulator, { kind: 'rate_limit', daily: true, key: 'sample-spare', count: 1 });
    for (const account of ['lab', 'spare']) {
      await generate(
        easel,
        'lab',
        { prompt: 'A crane' },
        { 'x-account-email': `${account}@example.com` },
      );
    }
    const headers = { authorization: `Bearer ${keyOf('design')}` };
    await fetch(`${easel}/v1/accounts/old@example.com/disable`, { method: 'POST', headers });
  }
  for (const [width, name] of folder
    ? [
        [1280, ''],
        [360, '-phone'],
      ]
    : [[1280, '']]) {
    const page = await open(browser, easel, { width, height: 800, scheme });
    await page.getByRole('tab', { name: 'Pool' }).click();
    await page.getByRole('row').nth(1).waitFor();
    // Longer than the page's polling interval.
    await fault(emulator, { kind: 'latency', ms: 6000, count: 7 });
    const busy = generate(easel, 'press', { prompt: 'A slow crane', n: 7 });
    await pause(2300);
    await shoot(page, `console-pool${name}${suffix}`);
    await busy;
    await page.getByRole('tab', { name: 'Usage' }).click();
    await page.getByRole('row').nth(1).waitFor();
    await pause(500);
    await shoot(page, `console-usage${name}${suffix}`);
    await page.context().close();
  }
}

async function phone(browser, { easel }, scheme) {
  const suffix = scheme === 'light' ? '' : '-dark';
  const page = await open(browser, easel, { width: 360, height: 760, scheme });
  const state = (name) => shoot(page, `${name}${suffix}`);
  await state('console-phone-empty');
  await make(page, BOATS, '16:9', 2);
  await pause(2500);
  await state('console-phone');
  await page.evaluate('scrollTo(0, 0)');
  await state('console-phone-form');
  const first = page.getByRole('list', { name: 'Images made' }).getByRole('listitem').first();
  await first.getByRole('button', { name: 'Open', exact: true }).click();
  await state('console-phone-viewer');
  await page.getByRole('dialog').getByRole('button', { name: 'Edit this' }).click();
  await page.getByRole('application').waitFor();
  await pause(300);
  const box = await page.getByRole('application').boundingBox();
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.5);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.52, { steps: 4 });
  await page.mouse.up();
  await state('console-phone-mask');
  await page.getByRole('button', { name: 'Done' }).click();
  await first.getByRole('button', { name: 'Code' }).click();
  await state('console-phone-code');
  await page.context().close();
}

async function keyCard(browser, easel) {
  for (const [width, height, name] of [
    [1280, 800, 'console-key-dark'],
    [360, 760, 'console-phone-key-dark'],
  ]) {
    const page = await browser.newPage({ colorScheme: 'dark', viewport: { width, height } });
    await page.goto(`${easel}/console`);
    await page.getByLabel('API key').fill(keyOf('late'));
    await page.keyboard.press('Enter');
    await page.getByText('expired').first().waitFor();
    await shoot(page, name);
    await page.close();
  }
}

const executablePath = [
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path));
if (executablePath === undefined) {
  throw new Error('There is no Chromium: install it, or name it in CHROMIUM_PATH.');
}
if (folder) {
  mkdirSync(folder, { recursive: true });
}
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
try {
  const urls = await startAll();
  for (const scheme of folder ? ['light', 'dark'] : ['light']) {
    await wide(browser, urls, scheme);
    await restNobody(urls.easel);
    await pool(browser, urls, scheme);
    await restNobody(urls.easel);
    await phone(browser, urls, scheme);
  }
  await keyCard(browser, urls.easel);
} finally {
  await browser.close();
  running.forEach((child) => child.kill());
  rmSync(work, { recursive: true, force: true });
}
