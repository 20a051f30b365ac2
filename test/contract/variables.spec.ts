import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Env } from '../../src/config/env';

const read = (path: string) => readFileSync(join(__dirname, '../..', path), 'utf8');
const OURS = Object.keys(new Env()).sort();

/** Of Docker Compose, or of the emulator on its own. */
const OTHERS = /^(COMPOSE_FILE|EASEL_BIND|EASEL_PORT)$/;

describe('every variable', () => {
  it('is in .env.example, and nothing else is', () => {
    const names = [...read('.env.example').matchAll(/^#?([A-Z][A-Z0-9_]+)=/gm)].map(
      ([, name = '']) => name,
    );
    expect(names.filter((name) => !OTHERS.test(name)).sort()).toEqual(OURS);
  });

  it('has a row in a table of docs/configuration.md', () => {
    const rows = [...read('docs/configuration.md').matchAll(/^\| `([A-Z][A-Z0-9_]+)`/gm)];
    expect(new Set(rows.map(([, name]) => name))).toEqual(new Set(OURS));
  });
});
