import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How much ballast is written at once. */
const BLOCK = Buffer.alloc(4096);

/** Freezes a disk until its input ends, which it does at the latest with the process that started it. */
const FREEZER = 'fsfreeze -f "$0" && echo frozen && cat >/dev/null; fsfreeze -u "$0"';

/** A small disk of one's own, that can be full, and frozen as by a snapshot or a server that hangs. */
export class MountedDisk {
  private freezer: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    /** The root of the disk. */
    readonly path: string,
  ) {}

  /** Undefined if this process may not mount a file system; root usually may. */
  static mount(megabytes: number): MountedDisk | undefined {
    const folder = mkdtempSync(join(tmpdir(), 'easel-disk-'));
    const [path, image] = [join(folder, 'disk'), join(folder, 'image')];
    mkdirSync(path);
    // Other processes that serve from the disk must find it.
    chmodSync(folder, 0o755);
    try {
      run('truncate', '-s', `${megabytes}M`, image);
      // No blocks are reserved for root, for whom the disk would otherwise never be full.
      run('mkfs.ext4', '-q', '-m', '0', '-b', '4096', image);
      run('mount', '-o', 'loop', image, path);
      return new MountedDisk(folder, path);
    } catch {
      rmSync(folder, { recursive: true, force: true });
      return undefined;
    }
  }

  /**
   * Writers wait from now on. The program that ends it has to run already: a process that has a file of the disk in
   * its memory may not be able to start another one, because a fork waits for the thread that writes there.
   */
  async freeze(): Promise<void> {
    this.freezer = spawn('sh', ['-c', FREEZER, this.path], { stdio: ['pipe', 'pipe', 'ignore'] });
    const [line] = (await once(this.freezer.stdout ?? this.freezer, 'data')) as [Buffer];
    if (line.toString() !== 'frozen\n') {
      throw new Error(`The disk does not freeze: ${line.toString()}`);
    }
  }

  async thaw(): Promise<void> {
    const { freezer } = this;
    this.freezer = undefined;
    if (freezer !== undefined) {
      const exit = once(freezer, 'exit');
      freezer.stdin?.end();
      await exit;
    }
  }

  /** Writes until it takes no more. */
  fill(): void {
    for (;;) {
      try {
        writeFileSync(this.ballast, BLOCK, { flag: 'a' });
      } catch {
        return;
      }
    }
  }

  empty(): void {
    rmSync(this.ballast, { force: true });
  }

  async unmount(): Promise<void> {
    await this.thaw();
    run('umount', '-l', this.path);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get ballast(): string {
    return join(this.path, 'ballast');
  }
}

function run(program: string, ...parameters: readonly string[]): void {
  execFileSync(program, [...parameters], { stdio: 'ignore' });
}
