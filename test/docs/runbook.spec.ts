import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { IN_QUOTES } from '../../src/config/credential-slips';
import { alertRules } from '../prometheus-queries';

const ROOT = join(__dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const PAGE = read('docs/runbook.md');

/** The part of the page below a heading, up to the next one of the same level. */
function section(heading: string): string {
  const level = heading.split(' ')[0] ?? '';
  const [, after = ''] = PAGE.split(`\n${heading}\n`);
  return after.split(new RegExp(`\n${level} `))[0] ?? '';
}

/** The cells of each row of a table, without its head. */
function rowsOf(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const codesIn = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

describe('the alerts of the runbook', () => {
  const headings = [...section('## Alerts').matchAll(/^### (.+)$/gm)].map(([, name]) => name);

  it('are those of the rules file, in its order', () => {
    expect(headings).toEqual(alertRules.map(({ alert }) => alert));
  });

  it.each(alertRules.map((rule) => [rule.alert, rule.labels.severity]))(
    '%s says how bad it is, where to look, and how to fix it',
    (alert, severity) => {
      const text = section(`### ${alert}`);
      expect(text).toMatch(new RegExp(`^\n${severity} · .{20}`));
      expect(text).toMatch(/^- \*\*First look:\*\* .{5}/m);
      expect(text).toMatch(/^- \*\*Fix:\*\* .{5}/m);
    },
  );
});

describe('the errors of the runbook', () => {
  const rows = rowsOf(section('## Error codes'));
  const kinds = [...read('src/errors/gateway-error.ts').matchAll(/readonly kind: '(\w+)'/g)].map(
    ([, kind]) => kind,
  );
  // Another test holds that this page has every code.
  const codes = [
    ...read('docs/troubleshooting.md').matchAll(/^\|\s*((?:`[a-z_]+`(?:, )?)+)\s*\|\s*\d{3}/gm),
  ].flatMap(([, cell = '']) => codesIn(cell));

  it('are all faults that the log can show, and no others', () => {
    expect(kinds.length).toBeGreaterThan(25);
    expect([...new Set(rows.flatMap(([faults = '']) => codesIn(faults)))].sort()).toEqual(
      [...new Set(kinds)].sort(),
    );
  });

  it('are all codes that a client can get, and no others', () => {
    expect(codes.length).toBeGreaterThan(25);
    const named = rows.flatMap(([, shown = '']) => codesIn(shown));
    expect([...new Set(named)].sort()).toEqual([...new Set(codes)].sort());
  });

  it('have every column filled in', () => {
    expect(rows.filter((cells) => cells.length !== 5 || cells.includes(''))).toEqual([]);
  });
});

describe('the faults at the start of the runbook', () => {
  const rows = rowsOf(section('## Faults at the start'));
  const messages = rows.flatMap(([cell = '']) => codesIn(cell));
  const patterns = messages.map(
    (message) =>
      new RegExp(
        `^${message.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('…', '.+')}$`,
        's',
      ),
  );

  it.each(startupFaults())('have a row for: %s', (fault) => {
    expect(patterns.filter((pattern) => pattern.test(fault))).toHaveLength(1);
  });

  it('have no row for a fault that does not exist', () => {
    const unused = messages.filter(
      (_, index) => !startupFaults().some((fault) => patterns[index]?.test(fault)),
    );
    // Messages about entries of files, and those of main and npm start, are built in other files.
    expect(unused).toEqual([
      'accounts[…]…',
      'The accounts have … fault(s)',
      'consumers[…]…',
      'The consumers have … fault(s)',
      'The prices have … fault(s)',
      'HOST or PORT cannot be used: …',
      'There is no dist/main.js yet: run "npm run build" first.',
    ]);
  });

  it('have every column filled in', () => {
    expect(rows.filter((cells) => cells.length !== 3 || cells.includes(''))).toEqual([]);
  });
});

it('repeats no sentence of docs/troubleshooting.md', () => {
  const sentences = (page: string) =>
    read(page)
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll(/`[^`]*`/g, '')
      .replaceAll(/\s+/g, ' ')
      .split(/(?<=[.:;|]) /)
      .map((sentence) => sentence.replaceAll(/[|\s]+$/g, ''))
      .filter((sentence) => sentence.length > 40);
  const others = new Set(sentences('docs/troubleshooting.md'));
  expect(sentences('docs/runbook.md').filter((sentence) => others.has(sentence))).toEqual([]);
});

/**
 * What the code can say of the environment: the texts that are pushed to `faults`, those of the rules of variables, and
 * those of `.env`. What is put in when it is said stands as `…`.
 */
function startupFaults(): readonly string[] {
  const folder = join(ROOT, 'src/config');
  const found = readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .flatMap((name) => faultsIn(join(folder, name)));
  // One of them has no fixed text: it contains class-validator's message.
  return [...new Set(found)].filter((fault) => /\w/.test(fault)).sort();
}

function faultsIn(path: string): readonly string[] {
  const source = ts.createSourceFile(
    path,
    readFileSync(path, 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText() === 'faults.push') {
      found.push(
        ...node.arguments.filter((argument) => !ts.isSpreadElement(argument)).map(wordsOf),
      );
    }
    if (ts.isNewExpression(node) && node.expression.getText() === 'EnvFileError') {
      found.push(...(node.arguments ?? []).map(wordsOf));
    }
    // A rule of env.ts, `@Matches(…, { message: … }) readonly NAME`, or of env-rules.ts, for any name.
    if (
      (ts.isPropertyAssignment(node) && node.name.getText() === 'message') ||
      (ts.isVariableDeclaration(node) && node.name.getText() === 'message')
    ) {
      const property = ts.findAncestor(node, ts.isPropertyDeclaration);
      const words = node.initializer === undefined ? '' : wordsOf(node.initializer);
      found.push(`${property?.name.getText() ?? '…'} ${words}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  // They return what others push.
  if (/(gemini-keys|credential-slips)\.ts$/.test(path)) {
    found.push(...returnedTexts(source));
  }
  return found;
}

/** The texts that stand for a fault of GEMINI_API_KEYS, as they are put together. */
function returnedTexts(source: ts.SourceFile): readonly string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (
      (ts.isStringLiteral(node) || ts.isTemplateExpression(node)) &&
      wordsOf(node).includes(' ')
    ) {
      const words = wordsOf(node);
      if (!words.startsWith('GEMINI_API_KEYS: ')) {
        found.push(words.startsWith('GEMINI_API_KEYS') ? words : `GEMINI_API_KEYS: … ${words}`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function wordsOf(node: ts.Node): string {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) {
    return node.text;
  }
  if (ts.isTemplateExpression(node)) {
    return (
      node.head.text +
      node.templateSpans
        .map(({ expression, literal }) => {
          return (expression.getText() === 'IN_QUOTES' ? IN_QUOTES : '…') + literal.text;
        })
        .join('')
    );
  }
  if (ts.isBinaryExpression(node)) {
    return wordsOf(node.left) + wordsOf(node.right);
  }
  return '…';
}
