import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const dockerfile = read('Dockerfile');
const manifest = JSON.parse(read('package.json')) as {
  readonly version: string;
  readonly license: string;
};

describe('the Dockerfile', () => {
  const bases = [...dockerfile.matchAll(/^FROM (\S+):(\S+)@(sha256:[0-9a-f]{64})( AS \w+)?$/gm)];
  const label = (name: string) =>
    new RegExp(`org\\.opencontainers\\.image\\.${name}="([^"]+)"`).exec(dockerfile)?.[1];

  it('builds and runs on the same image, pinned by digest', () => {
    expect(bases).toHaveLength(2);
    expect(new Set(bases.map(([, name, tag, digest]) => `${name}:${tag}@${digest}`)).size).toBe(1);
  });

  it('has OCI labels that are true', () => {
    const [[, name, tag, digest] = []] = bases;
    expect(label('base.name')).toBe(`docker.io/library/${name}:${tag}`);
    expect(label('base.digest')).toBe(digest);
    expect(label('licenses')).toBe(manifest.license);
    expect(label('version')).toBe('$VERSION');
    expect(/^ARG VERSION=(.+)$/m.exec(dockerfile)?.[1]).toBe(manifest.version);
    expect(label('revision')).toBe('$REVISION');
    for (const text of ['title', 'description']) {
      expect(label(text)).toMatch(/^[A-Z]/);
    }
  });

  it('runs as another user than root, after all that root has to do', () => {
    const steps = dockerfile.split(/^FROM /m).at(-1) ?? '';
    expect(steps).toMatch(/^USER node$/m);
    expect(steps.slice(steps.indexOf('USER node'))).not.toMatch(/^(RUN|COPY|ADD) /m);
  });
});

describe('the bill of materials', () => {
  interface Lock {
    readonly packages: Readonly<
      Record<string, { readonly version: string; readonly dev?: boolean }>
    >;
  }

  interface Bom {
    readonly bomFormat: string;
    readonly specVersion: string;
    readonly components: readonly {
      readonly purl: string;
      readonly licenses?: readonly object[];
    }[];
  }

  it('is in the image', () => {
    expect(dockerfile).toContain('npm run --silent sbom > sbom.cdx.json');
    expect(dockerfile).toMatch(/^COPY --from=build .*\/app\/sbom\.cdx\.json /m);
  });

  it('has all that production needs, with versions and licences, and nothing else', () => {
    const text = execFileSync('npm', ['run', '--silent', 'sbom'], {
      cwd: ROOT,
      encoding: 'utf8',
      maxBuffer: 50_000_000,
    });
    const { bomFormat, components } = JSON.parse(text) as Bom;
    expect(bomFormat).toBe('CycloneDX');
    const listed = components.map(({ purl }) => decodeURIComponent(purl).replace('pkg:npm/', ''));
    const { packages } = JSON.parse(read('package-lock.json')) as Lock;
    const installed = Object.entries(packages)
      .filter(([path, { dev = false }]) => path !== '' && !dev)
      .map(([path, { version }]) => `${path.split('node_modules/').at(-1) ?? ''}@${version}`);
    expect(listed.length).toBeGreaterThan(100);
    expect([...new Set(listed)].sort()).toEqual([...new Set(installed)].sort());
    // Their authors name the licence (MIT) where npm does not look.
    const unlicensed = components.filter(({ licenses = [] }) => licenses.length === 0);
    expect(unlicensed.map(({ purl }) => purl)).toEqual([
      'pkg:npm/busboy@1.6.0',
      'pkg:npm/streamsearch@1.1.0',
    ]);
  });
});
