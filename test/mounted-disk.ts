import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How much ballast is written at once. */
const BLOCK = Buffer.alloc(4096);

/** A small disk of one's own, that can be full, and frozen as by a snapshot or a server that hangs. */
export class MountedDisk {
  private isFrozen = false;

  private constructor(
    private readonly folder: string,
    /** The root of the disk. */
    readonly path: string,
  ) {}

  /** Undefined where this system lets nobody mount one: root may, in most places. */
  static mount(megabytes: number): MountedDisk | undefined {
    const folder = mkdtempSync(join(tmpdir(), 'easel-disk-'));
    const [path, image] = [join(folder, 'disk'), join(folder, 'image')];
    mkdirSync(path);
    // Whoever else serves from the disk must find it.
    chmodSync(folder, 0o755);
    try {
      run('truncate', '-s', `${megabytes}M`, image);
      // No block is kept for root, who would never find the disk full.
      run('mkfs.ext4', '-q', '-m', '0', image);
      run('mount', '-o', 'loop', image, path);
      return new MountedDisk(folder, path);
    } catch {
      rmSync(folder, { recursive: true, force: true });
      return undefined;
    }
  }

  /** Whoever writes waits from now on. */
  freeze(): void {
    run('fsfreeze', '-f', this.path);
    this.isFrozen = true;
  }

  thaw(): void {
    if (this.isFrozen) {
      run('fsfreeze', '-u', this.path);
      this.isFrozen = false;
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

  unmount(): void {
    this.thaw();
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
