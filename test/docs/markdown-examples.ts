import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** Code that a page shows for its reader to run. */
export interface Example {
  /** `docs/api.md:155`, where its fence begins. */
  readonly place: string;
  readonly page: string;
  readonly language: 'bash' | 'js' | 'python';
  readonly code: string;
  /** What the page shows next, as what comes of it. */
  readonly shown: Shown | undefined;
}

interface Shown {
  readonly language: string;
  readonly text: string;
}

export interface Fence extends Shown {
  readonly line: number;
  /** The section of the page, counted. */
  readonly section: number;
}

/** All examples of the README and of the pages in docs, in their order. */
export function allExamples(): readonly Example[] {
  const pages = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', ...pages.map((name) => `docs/${name}`)].flatMap(examplesOf);
}

function examplesOf(page: string): readonly Example[] {
  const fences = fencesOf(readFileSync(join(ROOT, page), 'utf8'));
  return fences.flatMap(({ language, text: code, line, section }, index) => {
    const next = fences[index + 1];
    const shown = next?.section === section ? next : undefined;
    return isRunnable(language) ? [{ place: `${page}:${line}`, page, language, code, shown }] : [];
  });
}

function isRunnable(language: string): language is Example['language'] {
  return language === 'bash' || language === 'js' || language === 'python';
}

/** The fenced blocks of a page; those within a list are indented. */
export function fencesOf(markdown: string): readonly Fence[] {
  return [...markdown.matchAll(/^( *)```(\w*)\n(.*?)^\1```$/gms)].map((match) => {
    const [, indent = '', language = '', text = ''] = match;
    const before = markdown.slice(0, match.index);
    return {
      language,
      text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      line: before.split('\n').length,
      section: before.split('\n#').length,
    };
  });
}
