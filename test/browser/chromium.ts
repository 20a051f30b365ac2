import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const CHROMIUM = [
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path));

const isRequired = process.env['EASEL_REQUIRE_BROWSER'] === '1';
if (CHROMIUM === undefined && !isRequired) {
  // Jest drops the console of a file whose tests are all skipped.
  process.stderr.write(
    'SKIPPED: the browser tests need Chromium (set CHROMIUM_PATH, or install it in /usr/bin)\n',
  );
}

/** A machine without a browser can still run all other tests; CI may not take this way out. */
export const describeInBrowser = CHROMIUM === undefined && !isRequired ? describe.skip : describe;

/** Chromium that connects only to the servers of the pages; `easel.test` is this machine. */
export function launchChromium(): Promise<Browser> {
  if (CHROMIUM === undefined) {
    throw new Error('EASEL_REQUIRE_BROWSER is set, but there is no Chromium');
  }
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP easel.test 127.0.0.1',
    ],
  });
}
