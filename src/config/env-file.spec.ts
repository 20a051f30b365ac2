import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnvFileError, takeEnvFile } from './env-file';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'easel-'));
  path = join(folder, '.env');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function take(content: string | Buffer, environment: Record<string, string | undefined> = {}) {
  writeFileSync(path, content);
  return { file: takeEnvFile(path, environment), environment };
}

it.each<[string, string, Record<string, string>]>([
  ['plain ones', 'A=1\nB = two words \n', { A: '1', B: 'two words' }],
  ['comments', '# A=1\nB=2 # two\n', { B: '2' }],
  ['quotes', `A="1 # 2"\nB='3'\n`, { A: '1 # 2', B: '3' }],
  ['export', 'export A=1\n  export B="2"\n', { A: '1', B: '2' }],
  ['lines of Windows', 'A=1\r\nB=2\r\n', { A: '1', B: '2' }],
  ['a mark at the start', '\uFEFFA=1\n', { A: '1' }],
  ['empty ones, which count as unset', 'A=\nB=2\n', { B: '2' }],
  ['one on several lines', 'A="1\nno name\n3"\nB=2\n', { A: '1\nno name\n3', B: '2' }],
  ['none', '', {}],
])('takes %s', (_name, content, expected) => {
  const { file, environment } = take(content);
  expect(environment).toEqual(expected);
  expect(file).toEqual({ taken: Object.keys(expected), overruled: [], tooLate: [] });
});

it('lets the environment win, empty as it may be', () => {
  const { file, environment } = take('A=file\nB=file\nC=file\n', { A: 'own', B: '' });
  expect(environment).toEqual({ A: 'own', B: '', C: 'file' });
  expect(file).toEqual({ taken: ['C'], overruled: ['A', 'B'], tooLate: [] });
});

it('ignores variables that Node has already read', () => {
  const { file, environment } = take('NODE_EXTRA_CA_CERTS=/ca.pem\nNODE_ENV=production\n');
  expect(environment).toEqual({ NODE_ENV: 'production' });
  expect(file).toEqual({
    taken: ['NODE_ENV'],
    overruled: [],
    tooLate: ['NODE_EXTRA_CA_CERTS'],
  });
});

it('does without the file', () => {
  expect(takeEnvFile(join(folder, 'none'), {})).toBeUndefined();
});

it('reports why a file cannot be read', () => {
  expect(() => takeEnvFile(folder, {})).toThrow(
    new EnvFileError(`${folder} cannot be read (EISDIR)`),
  );
  expect(() => take(Buffer.from('PROXY_API_KEY=secret', 'utf16le'))).toThrow(/is not UTF-8 text/);
});

it.each([
  ['a key on a line of its own', 'A=1\nAIzaSecret\nB=2\n', 2],
  ['the same at the end', 'A=1\nAIzaSecret', 2],
  ['a line as YAML has it', '# here\nPROXY_API_KEY: AIzaSecret\nB=2\n', 2],
  ['no name', '\n\n=AIzaSecret\n', 3],
  ['a name that is none', 'my key=AIzaSecret\n', 1],
])('refuses %s by its number, and does not show it', (_name, content, line) => {
  const fault = `${path}, line ${line}: not NAME=value (the line is not shown)`;
  expect(() => take(content)).toThrow(new EnvFileError(fault));
});
