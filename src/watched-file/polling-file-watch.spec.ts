import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileFingerprint, type Fingerprints } from './file-fingerprint';
import { PollingFileWatch } from './polling-file-watch';

const CHECK_INTERVAL_MS = 20;

describe('a watch that looks at files again and again', () => {
  let folder: string;
  let watch: PollingFileWatch;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'easel-'));
    watch = new PollingFileWatch(CHECK_INTERVAL_MS);
  });
  afterEach(() => {
    watch.stop();
    rmSync(folder, { recursive: true });
  });

  const at = (name: string): string => join(folder, name);
  const write = (name: string, text: string): void => {
    writeFileSync(at(name), text);
  };
  const now = (...names: readonly string[]): Fingerprints =>
    new Map(names.map((name) => [at(name), fileFingerprint(at(name))]));

  /** So long that a watch that waits has looked again, and again: another one takes two looks to tell. */
  const looks = (): Promise<Fingerprints> =>
    new PollingFileWatch(CHECK_INTERVAL_MS).untilChanged(new Map([[folder, 'something else']]));

  it.each<[string, () => void]>([
    [
      'written in place',
      () => {
        write('file', 'two');
      },
    ],
    [
      'replaced by a rename',
      () => {
        write('next', 'one');
        renameSync(at('next'), at('file'));
      },
    ],
    [
      'removed',
      () => {
        unlinkSync(at('file'));
      },
    ],
    [
      'replaced by a link that leads nowhere',
      () => {
        unlinkSync(at('file'));
        symlinkSync('file', at('file'));
      },
    ],
  ])('tells of a file that was %s', async (_name, change) => {
    write('file', 'one');
    const known = now('file');
    const told = watch.untilChanged(known);
    change();
    expect(await told).toEqual(now('file'));
    expect(now('file')).not.toEqual(known);
  });

  it('reports a file behind a swapped symbolic link, as on Kubernetes', async () => {
    for (const version of ['v1', 'v2']) {
      mkdirSync(at(version));
      write(`${version}/file`, 'the same');
    }
    symlinkSync('v1', at('..data'));
    symlinkSync('..data/file', at('file'));
    const told = watch.untilChanged(now('file'));
    symlinkSync('v2', at('..next'));
    renameSync(at('..next'), at('..data'));
    expect([...(await told).values()]).toEqual([fileFingerprint(at('v2/file'))]);
  });

  it('reports a file that appears, disappears and reappears', async () => {
    const states = [
      () => {
        write('file', '1');
      },
      () => {
        unlinkSync(at('file'));
      },
      () => {
        write('file', '1');
      },
    ];
    let known = now('file');
    for (const change of states) {
      const told = watch.untilChanged(known);
      change();
      known = await told;
      expect(known).toEqual(now('file'));
    }
  });

  it('reports a change from before the wait', async () => {
    write('file', 'one');
    const known = now('file');
    write('file', 'two');
    expect(await watch.untilChanged(known)).toEqual(now('file'));
  });

  it('reports a change once, and the next one again', async () => {
    write('one', '1');
    write('other', '1');
    const first = watch.untilChanged(now('one', 'other'));
    write('one', '2');
    const seen = await first;
    const told: Fingerprints[] = [];
    const second = watch.untilChanged(seen).then((again) => told.push(again));
    await looks();
    await looks();
    expect(told).toEqual([]);
    write('other', '2');
    await second;
    expect(told).toEqual([now('one', 'other')]);
  });

  it('reports several files that changed together once', async () => {
    const names = ['one', 'two', 'three'];
    names.forEach((name) => {
      write(name, '1');
    });
    const told = watch.untilChanged(now(...names));
    names.forEach((name) => {
      write(name, '22');
    });
    expect(await told).toEqual(now(...names));
  });

  it('waits until a file that is being written has stopped changing', async () => {
    write('file', '');
    let parts = 0;
    // In between any two looks there is at least one part.
    const writer = setInterval(() => {
      appendFileSync(at('file'), 'part');
      parts += 1;
      if (parts === 20) {
        clearInterval(writer);
      }
    }, CHECK_INTERVAL_MS / 4);
    const seen = await watch.untilChanged(now('file'));
    expect(parts).toBe(20);
    expect(seen).toEqual(now('file'));
  });

  it('does not report a file that is no longer watched', async () => {
    write('old', '1');
    write('new', '1');
    const first = watch.untilChanged(now('old'));
    write('old', '2');
    await first;
    const told: Fingerprints[] = [];
    const second = watch.untilChanged(now('new')).then((seen) => told.push(seen));
    write('old', '333');
    await looks();
    await looks();
    expect(told).toEqual([]);
    write('new', '22');
    await second;
    expect(told).toEqual([now('new')]);
  });

  it('rejects current and later waits when it is stopped', async () => {
    const waiting = watch.untilChanged(now('file'));
    watch.stop();
    await expect(waiting).rejects.toThrow('aborted');
    await expect(watch.untilChanged(now('file'))).rejects.toThrow('aborted');
  });
});
