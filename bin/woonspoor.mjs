#!/usr/bin/env node
// Starts the command line under the Node that the project brings, where the machine's own is older.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const cli = here('../dist/cli.js');

if (!existsSync(cli)) {
  console.error('woonspoor has not been built yet: run "npm run build" first ("npm start" does it by itself).');
  process.exit(1);
}

if (Number(process.versions.node.split('.')[0]) >= 24) {
  await import('../dist/cli.js');
} else {
  const own = here('../node_modules/.bin/node');
  if (!existsSync(own)) {
    console.error(`woonspoor needs Node 24 and this is ${process.version}; "npm ci" brings one along.`);
    process.exit(1);
  }
  const child = spawn(own, [cli, ...process.argv.slice(2)], { stdio: 'inherit' });
  // Ctrl-C reaches the child from the terminal itself; sent once more it would be taken for a second one.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}
