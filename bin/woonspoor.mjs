#!/usr/bin/env node
// Starts the command line under the Node that the project brings, where the machine's own is older.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { node24, runNode24 } from './node24.mjs';

const cli = new URL('../dist/cli.js', import.meta.url);

if (!existsSync(cli)) {
  console.error('woonspoor has not been built yet: run "npm run build" first ("npm start" does it by itself).');
  process.exit(1);
}

if (node24() === process.execPath) await import(cli.href);
else runNode24([fileURLToPath(cli), ...process.argv.slice(2)]);
