import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateAt, startProcess, type EaselProcess } from '../easel-process';
import { picture } from '../pictures';
import type { ImagesBody } from '../running-easel';
import {
  imagePart,
  respond,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../scripted-upstream';
import { until } from '../until';

const IMAGE_BYTES = 16_000_000;
const TWO_DAYS_AGO = new Date(Date.now() - 2 * 86_400_000);
const SIGNING_KEY = 'the signing key of both the replicas';

/** Whether this process may mount a file system; root usually may. */
function mounted(folder: string, megabytes: number): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}

describe('the disk of hosted images', () => {
  let folder: string;
  let accounts: string;
  let upstream: ScriptedUpstream;
  let sha256: string;
  let processes: EaselProcess[];

  const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

  beforeAll(async () => {
    const bytes = Buffer.alloc(IMAGE_BYTES, 'easel');
    Buffer.from(await picture()).copy(bytes);
    sha256 = hash(bytes);
    const body = JSON.stringify(respond([imagePart(bytes.toString('base64'))], 'STOP'));
    upstream = await startScriptedUpstream(({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    });
  });
  afterAll(() => upstream.close());
  beforeEach(() => {
    processes = [];
    folder = mkdtempSync(join(tmpdir(), 'hosted-'));
    accounts = join(folder, 'accounts.json');
    writeFileSync(
      accounts,
      JSON.stringify({
        accounts: [
          {
            email: 'a@test',
            provider: 'gemini',
            apiKey: 'a-key-of-the-test',
            baseUrl: upstream.url,
          },
        ],
      }),
    );
  });
  afterEach(async () => {
    for (const { child, exit } of processes) {
      child.kill('SIGKILL');
      await exit;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (dataFolder: string, env: Record<string, string> = {}): EaselProcess => {
    const easel = startProcess({
      ACCOUNTS_FILE: accounts,
      PROXY_AUTH_MODE: 'off',
      IMAGE_STORE: 'disk',
      DATA_DIR: dataFolder,
      URL_SIGNING_KEY: SIGNING_KEY,
      ...env,
    });
    processes.push(easel);
    return easel;
  };
  const urlAt = async (
    easel: string,
  ): Promise<{ readonly url: string; readonly warning: string | null }> => {
    const response = await generateAt(easel, { prompt: 'x', response_format: 'url' });
    expect(response.status).toBe(200);
    const { data } = (await response.json()) as ImagesBody;
    return { url: String(data[0]?.url), warning: response.headers.get('x-mapping-warning') };
  };
  const download = async (url: string) =>
    hash(new Uint8Array(await (await fetch(url)).arrayBuffer()));

  it('is full: the image still arrives, no partial file remains, and stored images stay intact', async () => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    if (!mounted(disk, 24)) {
      // Only this fills a disk without filling the machine's own.
      return;
    }
    try {
      const easel = await start(disk).url();
      const first = await urlAt(easel);
      const second = await urlAt(easel);
      expect(second.url).toMatch(/^data:image\/png;base64,/);
      expect(hash(Buffer.from(second.url.split(',')[1] ?? '', 'base64'))).toBe(sha256);
      expect(second.warning).toContain('could not be hosted');
      const images = join(disk, 'images');
      expect(readdirSync(images)).toHaveLength(1);
      expect(await download(first.url)).toBe(sha256);
      expect(await (await fetch(`${easel}/readyz`)).json()).toMatchObject({
        details: { imageStore: { status: 'down', reason: 'ENOSPC' } },
      });
      for (const name of readdirSync(images)) {
        rmSync(join(images, name));
      }
      expect(await download((await urlAt(easel)).url)).toBe(sha256);
    } finally {
      processes.at(-1)?.child.kill('SIGKILL');
      await processes.at(-1)?.exit;
      execFileSync('umount', [disk]);
    }
  });

  it('keeps no half image when the process is killed in the middle of a write', async () => {
    const images = join(folder, 'images');
    mkdirSync(images);
    let partials = 0;
    for (let round = 0; round < 3; round += 1) {
      const easel = start(folder);
      const url = await easel.url();
      const watcher = watch(images, (_, name) => {
        if (name?.endsWith('.part') === true) {
          easel.child.kill('SIGKILL');
        }
      });
      try {
        const responses = [1, 2, 3, 4].map(() => urlAt(url).catch(() => undefined));
        await easel.exit;
        await Promise.all(responses);
      } finally {
        watcher.close();
      }
      for (const name of readdirSync(images)) {
        if (name.endsWith('.part')) {
          partials += 1;
          utimesSync(join(images, name), TWO_DAYS_AGO, TWO_DAYS_AGO);
        } else if (name !== '.sweeping') {
          expect([name, hash(readFileSync(join(images, name)))]).toEqual([name, sha256]);
        }
      }
    }
    expect(partials).toBeGreaterThan(0);
    await start(folder).url();
    await until(() => !readdirSync(images).some((name) => name.startsWith('.')));
  });

  it('is swept by two replicas: each old image is deleted once, and no new one', async () => {
    const images = join(folder, 'images');
    mkdirSync(images);
    const stale = Array.from(
      { length: 2000 },
      () => `${randomBytes(16).toString('base64url')}.png`,
    );
    for (const name of stale) {
      writeFileSync(join(images, name), 'x');
      utimesSync(join(images, name), TWO_DAYS_AGO, TWO_DAYS_AGO);
    }
    const replicas = [start(folder), start(folder)];
    const urls = await Promise.all(replicas.map((replica) => replica.url()));
    const fresh = await Promise.all([...urls, ...urls].map(urlAt));
    await until(() => !stale.some((name) => existsSync(join(images, name))));
    await until(() => !existsSync(join(images, '.sweeping')));
    // Each replica reads what the other has kept.
    const [one = '', other = ''] = urls;
    for (const { url } of fresh) {
      for (const [from, to] of [
        [one, other],
        [other, one],
      ] as const) {
        expect(await download(url.replace(from, to))).toBe(sha256);
      }
    }
    const deleted = await Promise.all(
      urls.map(async (url) => {
        const text = await (await fetch(`${url}/metrics`)).text();
        return Number(/^easel_image_store_deleted_total\{reason="age"\} (\d+)/m.exec(text)?.[1]);
      }),
    );
    expect(deleted.reduce((sum, count) => sum + count)).toBe(stale.length);
    for (const replica of replicas) {
      expect(replica.output()).not.toMatch(/could not be deleted|image not stored/);
    }
  });
});
