// How the servers run that tests start, the tests say: what the shell says of a real one must not lead them to its log.
for (const name of Object.keys(process.env)) {
  if (name.startsWith('WOONSPOOR_') && !name.startsWith('WOONSPOOR_EVENTSTOREDB')) delete process.env[name];
}

const project = {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
};

/** Once more, with their logs on the double of an EventStoreDB; on a real one all of them stand there. */
const storiesOnDouble = {
  ...project,
  displayName: 'on the double',
  testMatch: ['**/test/stories/*.test.ts'],
  globals: { STORIES_ON: 'double' },
};

/** Long enough for a machine on which everything else runs at the same time; what is slower than that says so itself. */
const testTimeout = 20_000;

export default { testTimeout, projects: process.env.WOONSPOOR_EVENTSTOREDB ? [project] : [project, storiesOnDouble] };
