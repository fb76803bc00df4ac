// Before `npm run demo` and `npm test`: installs the packages when they are missing or older than the lock file,
// and bundles dist/ when a source is newer. Plain JavaScript, because nothing is installed yet.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`peakproof needs Node 20.19 or newer; this is ${process.versions.node}`);
  process.exit(4);
}

const changedAt = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

function newestIn(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) newest = Math.max(newest, changedAt(join(entry.parentPath, entry.name)));
  }
  return newest;
}

function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    console.error(`${command} ${args.join(' ')} failed; see the lines above`);
    process.exit(4);
  }
}

if (changedAt(join(root, 'node_modules/.package-lock.json')) < changedAt(join(root, 'package-lock.json'))) {
  console.error('installing packages (npm ci) and building dist/ …');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}
const sources = ['scripts', 'k6', 'mock-services'].map((folder) => newestIn(join(root, folder)));
if (
  changedAt(join(root, 'dist/cli.js')) < Math.max(...sources, changedAt(join(root, 'esbuild.config.mjs')))
) {
  console.error('building dist/ …');
  run(process.execPath, ['esbuild.config.mjs']);
}
