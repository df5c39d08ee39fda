import { spawnSync } from 'node:child_process';

/** `npm run test:eventstoredb [file …]`: one file after the other, because some of them stop the server under the others. */
const { WOONSPOOR_EVENTSTOREDB: server, WOONSPOOR_EVENTSTOREDB_CONTROL: control } = process.env;
if (!server) {
  console.error(`
  SKIPPED: nothing was tested on a real EventStoreDB, because WOONSPOOR_EVENTSTOREDB names none.

  Start one and give its connection string, for instance
    WOONSPOOR_EVENTSTOREDB='esdb://localhost:2113?tls=false' npm run test:eventstoredb
  More in test/eventstoredb/README.md.
`);
  process.exit(0);
}
if (!control) {
  console.error('SKIPPED: the tests that stop nodes of the server, because WOONSPOOR_EVENTSTOREDB_CONTROL is not set.');
}
const asked = process.argv.slice(2);
const all = ['test/eventstoredb/real-server', 'test/eventstoredb/two-nodes', 'test/copying/', 'test/stories/'];
const files = asked.length > 0 ? asked : all;
run('node_modules/@nestjs/cli/bin/nest.js', 'build');
run(
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
  '-i',
  ...files,
);

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
