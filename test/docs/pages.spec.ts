import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { fencesOf } from './markdown-examples';

const ROOT = join(__dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const pagesIn = (folder: string) =>
  readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.md') && name !== 'README.md');

/** Targets of `[text](target)` outside of fenced blocks, without those on the web. */
function linksOf(markdown: string): readonly string[] {
  const prose = markdown.replaceAll(/^ *```.*?^ *```$/gms, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(markdown: string): readonly string[] {
  const prose = markdown.replaceAll(/^```.*?^```$/gms, '');
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('the pages of the documentation', () => {
  it.each([['docs'], ['docs/decisions']])('are all on the index of %s', (folder) => {
    expect(linksOf(read(`${folder}/README.md`))).toEqual(expect.arrayContaining(pagesIn(folder)));
  });

  const all = execFileSync('git', ['ls-files', '*.md', '--cached', '--others'], { cwd: ROOT })
    .toString()
    .split('\n')
    .filter(
      (file) => file !== '' && !file.includes('node_modules') && existsSync(join(ROOT, file)),
    );

  it.each(all)('has links that lead somewhere: %s', (page) => {
    const broken = linksOf(read(page)).filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      return (
        !existsSync(join(ROOT, target)) ||
        (anchor !== undefined && !anchorsOf(read(target)).includes(anchor))
      );
    });
    expect(broken).toEqual([]);
  });

  it.each(all)('has examples of YAML and JSON that can be parsed: %s', (page) => {
    const faults = fencesOf(read(page)).flatMap(({ language, text, line }) => {
      try {
        if (language === 'yaml') {
          parse(text);
        } else if (language === 'json') {
          JSON.parse(text);
        }
        return [];
      } catch (error) {
        return [`line ${line}: ${String(error)}`];
      }
    });
    expect(faults).toEqual([]);
  });

  it('name files and constants in CONTRIBUTING that a newcomer finds', () => {
    const recipes = read('CONTRIBUTING.md');
    const files = [...recipes.matchAll(/`((?:src|test|docs)\/[\w./-]+)`/g)].map(
      ([, file = '']) => file,
    );
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
    const source = execFileSync('git', ['grep', '-h', '^export const', '--', 'src'], { cwd: ROOT });
    const constants = [...recipes.matchAll(/`@\w+\(([A-Z_]+)\)`/g)].map(([, name = '']) => name);
    expect(constants).not.toEqual([]);
    for (const name of constants) {
      expect(source.toString()).toContain(`export const ${name} `);
    }
  });

  it('has decisions with a number, a date and all their sections', () => {
    const sections = [
      'Context',
      'Decision',
      'Alternatives',
      'Figures',
      'Consequences',
      'Revisit when',
    ];
    const pages = pagesIn('docs/decisions').sort();
    expect(pages.length).toBeGreaterThan(15);
    pages.forEach((name, index) => {
      const page = read(`docs/decisions/${name}`);
      expect(name).toMatch(new RegExp(`^${String(index + 1).padStart(4, '0')}-[a-z0-9-]+\\.md$`));
      expect(page).toMatch(new RegExp(`^# ${index + 1}\\. .+\n\n20\\d\\d-\\d\\d-\\d\\d · \\w+`));
      const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
      expect({ name, headings }).toEqual({ name, headings: sections });
    });
  });
});

describe('the glossary', () => {
  const entries = [...read('docs/glossary.md').matchAll(/^\| ([a-z][a-z ]*?) +\|.*\| (.*?) +\|$/gm)]
    .map(([, word = '', see = '']) => ({ word, see }))
    .filter(({ word }) => word !== 'term');
  const folders = ['src', 'bench', 'chaos'];
  const sources = execFileSync('git', ['ls-files', ...folders, '--cached', '--others'], {
    cwd: ROOT,
  })
    .toString()
    .split('\n')
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .filter((file) => existsSync(join(ROOT, file)))
    .map(read)
    .join('\n');

  it('has its entries', () => {
    expect(entries.length).toBeGreaterThan(30);
  });

  it.each(entries.map(({ word }) => word))('has a word that the code uses: %s', (word) => {
    expect(sources).toMatch(new RegExp(`\\b${word.replace(' ', '[ -]?')}`, 'i'));
  });

  it.each(entries.map(({ word, see }) => [word, see] as const))('says where %s is', (word, see) => {
    const [, path] = /^`(.+)`$/.exec(see) ?? [];
    if (path !== undefined) {
      expect({ word, exists: existsSync(join(ROOT, path)) }).toEqual({ word, exists: true });
    }
  });
});
