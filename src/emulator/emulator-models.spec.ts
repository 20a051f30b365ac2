import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EMULATOR_MODELS } from './emulator-models';

const PAGE = readFileSync(join(__dirname, '../../docs/emulator.md'), 'utf8');

describe('docs/emulator.md', () => {
  it('has each model in its table of partial images', () => {
    const rows = PAGE.split('\n').filter((line) => /^\| `gemini-/.test(line));
    const listed = rows.flatMap((row) => row.split('|')[1]?.match(/gemini-[\w.-]+/g) ?? []);
    expect(listed.toSorted()).toEqual(EMULATOR_MODELS.map(({ id }) => id).toSorted());
  });
});
