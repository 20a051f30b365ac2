// What production needs, as a bill of materials in CycloneDX: npm run --silent sbom > sbom.cdx.json
// `npm sbom --omit=dev` leaves out whatever a development package needs as well (83 of 293 packages with npm 11).
// So npm is shown a package that has no development packages at all.
const { execFileSync } = require('node:child_process');
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

const read = (name) => JSON.parse(readFileSync(name, 'utf8'));
const manifest = read('package.json');
delete manifest.devDependencies;
const lock = read('package-lock.json');
delete lock.packages[''].devDependencies;
for (const [path, { dev }] of Object.entries(lock.packages)) {
  if (dev) {
    delete lock.packages[path];
  }
}

const folder = mkdtempSync(join(tmpdir(), 'easel-sbom-'));
try {
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
  execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format=cyclonedx'], {
    cwd: folder,
    stdio: 'inherit',
  });
} finally {
  rmSync(folder, { recursive: true });
}
