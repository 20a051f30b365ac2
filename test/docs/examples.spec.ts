import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeWithPython } from '../clients/python';
import type { Interpreter } from '../clients/sdk-program';
import { dataUri, mask, picture } from '../pictures';
import { startEasel, type RunningEasel } from '../running-easel';
import { allExamples, type Example } from './markdown-examples';

const run = promisify(execFile);

/**
 * What installs, builds or starts something is not run here, and what comes one after the other is in the operator's
 * walk; everything else is.
 */
const STARTS = /\b(npm|node dist|docker|kubectl|gcloud)\b|key-of-/;

const everyExample = allExamples();
const examples = everyExample.filter(
  ({ language, code }) => language !== 'bash' || !STARTS.test(code),
);

/**
 * What changes an Easel, or shows what others have done there, gets one of its own. All others leave nothing behind
 * that another one could see, and share one for each set of accounts.
 */
const NEEDS_ITS_OWN = /127\.0\.0\.1:8046\/emulator\b|\/v1\/(?:accounts|usage)\b|\/metrics\b/;

const inPython = examples.filter(({ language }) => language === 'python');
const others = examples.filter(({ language }) => language !== 'python');

describe('the documentation', () => {
  let cache: string;
  let folder: string;
  let python: Interpreter = { program: '' };
  let own: RunningEasel | undefined;
  const shared = new Map<string, RunningEasel>();

  beforeAll(() => {
    // Below the checkout, so that Node finds the openai package from there.
    const parent = join(__dirname, '../../node_modules/.cache');
    mkdirSync(parent, { recursive: true });
    cache = mkdtempSync(join(parent, 'easel-examples-'));
  });
  afterAll(async () => {
    await Promise.all([...shared.values()].map((easel) => easel.close()));
    rmSync(cache, { recursive: true });
  });
  beforeEach(() => {
    folder = mkdtempSync(join(cache, 'example-'));
  });
  afterEach(async () => {
    await own?.close();
    own = undefined;
  });

  function start(accounts: readonly { readonly email: string }[]): Promise<RunningEasel> {
    const env = { DATABASE_URL: '', DATA_DIR: mkdtempSync(join(cache, 'data-')) };
    return startEasel({ accounts, env });
  }

  async function easelFor({ code, page }: Example): Promise<RunningEasel> {
    const accounts = accountsIn(page);
    if (NEEDS_ITS_OWN.test(code)) {
      own = await start(accounts);
      return own;
    }
    const key = JSON.stringify(accounts);
    const easel = shared.get(key) ?? (await start(accounts));
    shared.set(key, easel);
    return easel;
  }

  async function play(example: Example): Promise<void> {
    const easel = await easelFor(example);
    for (const name of inputsOf(example)) {
      writeFileSync(join(folder, name), await sample(name));
    }
    const code = await here(example.code, easel);
    const { stdout } = await inLanguage(example, code, easel);
    const [, saved = ''] = / -o (\w+\.json)\b/.exec(code) ?? [];
    const file = join(folder, saved);
    judge(example, saved !== '' && existsSync(file) ? stdout + readFileSync(file, 'utf8') : stdout);
  }

  function inLanguage({ language }: Example, code: string, easel: RunningEasel) {
    const env = { ...process.env, ...python.env };
    const options = { cwd: folder, maxBuffer: 100_000_000, env };
    switch (language) {
      case 'bash':
        return run('bash', ['-c', `set -eo pipefail\n${code}`], options);
      case 'js':
        writeFileSync(join(folder, 'example.mjs'), code);
        return run(process.execPath, ['example.mjs'], options);
      case 'python':
        return run(python.program, ['-c', withClient(code, easel)], options);
    }
  }

  describe('does what its examples show', () => {
    it.each(others.map((example) => [example.place, example] as const))('%s', (_place, example) =>
      play(example),
    );
  });

  describeWithPython('does what its examples in Python show', 'openai-python', (stage) => {
    beforeAll(() => {
      ({ python } = stage);
    });

    it.each(inPython.map((example) => [example.place, example] as const))('%s', (_place, example) =>
      play(example),
    );
  });
});

/** The accounts that a page's commands speak of; without any, those of the built-in emulator. */
function accountsIn(page: string): { readonly email: string }[] {
  const commands = everyExample.flatMap((example) => (example.page === page ? example.code : []));
  const emails = new Set(commands.join('\n').match(/[\w-]+@(?:example\.com|emulator)\b/g));
  return [...(emails.size > 0 ? emails : ['studio-1@emulator'])].map((email) => ({ email }));
}

/** The pictures that an example takes for granted. */
function inputsOf({ code }: Example): readonly string[] {
  const names = /(?:@|open\(["']|createReadStream\(["'])([\w-]+\.(?:png|jpg|webp))\b/g;
  return [...code.matchAll(names)].flatMap(([, name]) => name ?? []);
}

function sample(name: string): Promise<Uint8Array> {
  const format = name.endsWith('.jpg') ? 'jpeg' : name.endsWith('.webp') ? 'webp' : 'png';
  return name.includes('mask') ? mask(96, 64, (x) => (x < 48 ? 255 : 0)) : picture(96, 64, format);
}

/** An example as it is on this machine, which has no other servers than these two. */
async function here(code: string, { url, emulator }: RunningEasel): Promise<string> {
  const local = code
    .replaceAll('http://127.0.0.1:8045', url)
    .replaceAll('http://127.0.0.1:8046', emulator.url);
  return local.includes('https://images.example.com/')
    ? local.replaceAll(/https:\/\/images\.example\.com\/[\w.-]+/g, dataUri(await picture(96, 64)))
    : local;
}

/** An example in Python may go on from the README's, which has made the client. */
function withClient(code: string, { url }: RunningEasel): string {
  return code.includes('OpenAI(')
    ? code
    : `from openai import OpenAI\nclient = OpenAI(base_url="${url}/v1", api_key="none")\n${code}`;
}

/** Compares what was printed, or saved in a file, with what its page leads one to expect. */
function judge({ code, shown }: Example, output: string): void {
  if (shown?.language === 'json' && 'error' in (JSON.parse(shown.text) as object)) {
    expect(JSON.parse(output)).toEqual(JSON.parse(shown.text));
  } else if (code.includes('[refuse]')) {
    expect(JSON.parse(output)).toMatchObject({ error: { code: 'moderation_blocked' } });
  } else if (code.includes('"rate_limit"') && code.includes('/v1/images/')) {
    expect(output).toMatch(/^HTTP\/1\.1 429 /m);
    expect(output).toMatch(/^Retry-After: 30\r?$/im);
  } else {
    expect(output).not.toMatch(/"error": ?\{|^HTTP\/1\.1 [45]/m);
  }
  if (shown?.language === '') {
    for (const line of shown.text.trim().split('\n')) {
      expect(linesOf(output)).toContainEqual(comparable(line));
    }
  }
}

const linesOf = (text: string) => text.split(/\r?\n/).map(comparable);

/**
 * A line that a page shows, and one that was printed, in a form in which they are the same: the names
 * of headers have no case, the order of accounts is chance, and of an event's data the page shows
 * which members it has.
 */
function comparable(line: string): string {
  if (line.startsWith('data: {')) {
    return Object.keys(JSON.parse(line.slice('data: '.length)) as object).join();
  }
  const [, name, value = ''] = /^(X-[\w-]+): (.*)$/i.exec(line) ?? [];
  return name === undefined
    ? line
    : `${name.toLowerCase()}: ${value.split(', ').sort().join(', ')}`;
}
