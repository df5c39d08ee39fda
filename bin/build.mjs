// Builds what the command line runs, unless it is newer than all that it is made of: `node bin/build.mjs`.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const MADE_OF = ['src', 'package.json', 'package-lock.json', 'tsconfig.json', 'nest-cli.json'];

function newest(path) {
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return Math.max(mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

const cli = join(root, 'dist', 'cli.js');
const builtAtMs = existsSync(cli) ? statSync(cli).mtimeMs : -Infinity;
if (MADE_OF.some((name) => newest(join(root, name)) > builtAtMs)) {
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit', shell: true });
  process.exit(status ?? 1);
}
