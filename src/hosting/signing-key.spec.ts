import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshSigningKey, keptSigningKey } from './signing-key';

describe('the stored signing key', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'signing-key-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is the same after a restart, and readable only by its owner', () => {
    const data = join(folder, 'data');
    const key = keptSigningKey(data);
    expect(Buffer.from(key, 'base64url')).toHaveLength(32);
    expect(keptSigningKey(data)).toBe(key);
    expect(statSync(join(data, 'url-signing-key')).mode & 0o777).toBe(0o600);
  });

  it('fails if the folder cannot be created', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => keptSigningKey(join(folder, 'file'))).toThrow();
  });

  it('is another one in every installation', () => {
    expect(freshSigningKey()).not.toBe(freshSigningKey());
  });
});
