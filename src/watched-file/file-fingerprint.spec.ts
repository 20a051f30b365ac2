import { mkdtempSync, rmSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileFingerprint, settledFingerprint } from './file-fingerprint';

describe('the fingerprint of a file', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'easel-'));
    file = join(folder, 'file');
    writeFileSync(file, 'one');
  });
  afterEach(() => {
    jest.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });

  it('stays the same while the file does', () => {
    expect(fileFingerprint(file)).toBe(fileFingerprint(file));
  });

  it('is the reason if the file cannot be read', () => {
    unlinkSync(file);
    expect(fileFingerprint(file)).toBe('ENOENT');
    symlinkSync('file', file);
    expect(fileFingerprint(file)).toBe('ELOOP');
    expect(fileFingerprint('a\0b')).toBe('ERR_INVALID_ARG_VALUE');
  });

  it.each([
    ['is not there for a file that was written less than 100 ms ago', 99, false],
    ['is there once 100 ms have passed', 100, true],
    ['is not there for one that was written just now by a clock that is ahead', -99, false],
    ['is there for one from the far future', -100, true],
  ])('%s', (_name, ageMs, isSettled) => {
    const changedAt = Number(statSync(file, { bigint: true }).ctimeMs);
    jest.spyOn(Date, 'now').mockReturnValue(changedAt + ageMs);
    expect(settledFingerprint(file) === fileFingerprint(file)).toBe(isSettled);
  });

  it('is available at once for a missing file', () => {
    unlinkSync(file);
    expect(settledFingerprint(file)).toBe('ENOENT');
  });
});
