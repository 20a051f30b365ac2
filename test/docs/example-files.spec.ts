import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fencesOf } from './markdown-examples';

const ROOT = join(__dirname, '../..');
const FOLDER = join(ROOT, 'examples');

const LANGUAGES: Readonly<Record<string, string>> = {
  sh: 'bash',
  ps1: 'powershell',
  cmd: 'bat',
  py: 'python',
  mjs: 'js',
};

describe('the files in examples/', () => {
  const listings = fencesOf(readFileSync(join(ROOT, 'README.md'), 'utf8'))
    .filter(({ text }) => text.includes('http://127.0.0.1:8045/v1') && !text.includes('/accounts'))
    .map(({ language, text }) => ({ language, text }));
  const files = readdirSync(FOLDER)
    .filter((name) => !name.endsWith('.md'))
    .map((name) => ({
      language: LANGUAGES[name.split('.').at(-1) ?? ''],
      text: readFileSync(join(FOLDER, name), 'utf8').replace(/^#!.*\n/, ''),
    }));

  it('are the programs of the README, all of them and nothing else', () => {
    const byText = (one: { text: string }, other: { text: string }) =>
      one.text < other.text ? -1 : 1;
    expect(files.length).toBeGreaterThan(7);
    expect(files.sort(byText)).toEqual(listings.sort(byText));
  });

  it('are listed on their page', () => {
    const page = readFileSync(join(FOLDER, 'README.md'), 'utf8');
    const listed = [...page.matchAll(/^\| \[([\w.]+)\]\(\1\)/gm)].map(([, name]) => name);
    expect(listed.sort()).toEqual(
      readdirSync(FOLDER)
        .filter((name) => !name.endsWith('.md'))
        .sort(),
    );
  });
});
