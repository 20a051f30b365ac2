import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readImageHeaderBytes } from '../../src/images/pixels/image-header';
import { startEasel, type RunningEasel } from '../running-easel';

const run = promisify(execFile);
const ROOT = join(__dirname, '../..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** The fenced blocks of a language, as a reader would copy them. */
function blocks(language: string): string[] {
  const fences = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms');
  return [...README.matchAll(fences)].map((match) => match[1] ?? '');
}

describe('the README', () => {
  let easel: RunningEasel;
  let folder: string;

  beforeAll(async () => {
    easel = await startEasel();
    // Below the checkout, so that the Node example finds the openai package.
    const cache = join(ROOT, 'node_modules/.cache');
    mkdirSync(cache, { recursive: true });
    folder = mkdtempSync(join(cache, 'easel-readme-'));
  });
  afterAll(() => easel.close());

  const here = (text: string) => text.replaceAll('http://127.0.0.1:8045', easel.url);
  const imageIn = (file: string) => {
    const bytes = readFileSync(join(folder, file));
    return readImageHeaderBytes((start, end) => bytes.subarray(start, end));
  };

  it('has the lines that run and test a fresh clone', () => {
    expect(blocks('bash')).toEqual(
      expect.arrayContaining([
        'docker compose up\n',
        'npm ci && npm run build && npm start\n',
        'npm ci && npm test\n',
      ]),
    );
  });

  it('makes an image with its curl line', async () => {
    const [save, headers] = blocks('bash').filter((block) => block.startsWith('curl'));
    await run('bash', ['-c', `set -e\n${here(save ?? 'false')}`], { cwd: folder });
    expect(imageIn('rocket.jpg')).toMatchObject({ format: 'jpeg', width: 2752, height: 1536 });
    const { stdout } = await run('bash', ['-c', here(headers ?? 'false')], { cwd: folder });
    expect(stdout).toMatch(/x-account-email: account-\d@test/i);
  });

  it('shows the error when its curl line fails', async () => {
    const [save = ''] = blocks('bash').filter((block) => block.startsWith('curl'));
    const refused = here(save).replace('A minimalist rocket', '[refuse] a rocket');
    await expect(run('bash', ['-c', refused], { cwd: folder })).rejects.toMatchObject({
      stdout: expect.stringContaining('"code":"moderation_blocked"') as string,
    });
  });

  it('makes an image with its Node example', async () => {
    const [example = ''] = blocks('js');
    writeFileSync(join(folder, 'example.mjs'), here(example));
    const { stdout } = await run(process.execPath, ['example.mjs'], { cwd: folder });
    expect(stdout).toMatch(/^768x1376 made by account-\d@test/);
    expect(imageIn('crane.jpg')).toMatchObject({ format: 'jpeg', width: 768, height: 1376 });
  });
});
