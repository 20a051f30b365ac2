import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const LONGEST_FILE = 300;

/** Rules that `npm run boundaries` cannot check, because it only reads imports. */
describe('the rooms of src', () => {
  const files = execFileSync('git', ['ls-files', 'src', '--cached', '--others'], { cwd: ROOT })
    .toString()
    .split('\n')
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .map((file) => ({ file, text: textOf(file) }));

  function textOf(file: string): string {
    try {
      return readFileSync(join(ROOT, file), 'utf8');
    } catch {
      // Removed, but not committed yet.
      return '';
    }
  }

  const filesWith = (pattern: RegExp, folder: string) =>
    files
      .filter(({ file, text }) => file.startsWith(folder) && pattern.test(text))
      .map(({ file }) => file);

  it('have their files', () => {
    expect(files.length).toBeGreaterThan(200);
  });

  it('have no file that is too long to be one thing', () => {
    const long = files.filter(({ text }) => text.split('\n').length - 1 > LONGEST_FILE);
    expect(long.map(({ file }) => file)).toEqual([]);
  });

  it.each<[string, RegExp, string]>([
    [
      'http does not know what requests are about',
      /image|picture|\bpng\b|\bjpeg\b|gemini/i,
      'src/http/',
    ],
    ['what is known of a request is a member of its context', /\.locals\b/, 'src/'],
  ])('%s', (_name, pattern, folder) => {
    expect(filesWith(pattern, folder)).toEqual([]);
  });
});
