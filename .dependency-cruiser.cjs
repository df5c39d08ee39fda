/** The direction of the house (see README, "How it is built"). Each rule was seen to fail once. */
const SLICES =
  '^src/(journey|casework|cases|case-table|quota|integration|reference|access|privacy|simulation|exchange|external-logs|bottlenecks)/';

/** What every slice may read of another: pure, or a form in which something is told. */
const SHARED = [
  '^src/$1/',
  '^src/journey/',
  '^src/calendar/',
  '^src/reference/reference(\\.events|\\.api|-reading)?\\.ts$',
  '^src/privacy/(sealed|keyring|blind-index|privacy-error)\\.ts$',
  '^src/access/development-identity\\.ts$',
  '^src/cases/(case-reading|opening)\\.ts$',
  '^src/quota/quota\\.events\\.ts$',
];

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Two files that need each other are one file, or lack a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'vocabulary-stands-alone',
      comment: 'event-sourcing/ must make sense in another product.',
      severity: 'error',
      from: { path: '^src/event-sourcing/' },
      to: { path: '^src/', pathNot: '^src/event-sourcing/' },
    },
    {
      name: 'adapters-know-only-their-port',
      comment: 'event-log/, eventstoredb/ and read-store/ serve any product built on the vocabulary.',
      severity: 'error',
      from: { path: '^src/(event-log|eventstoredb|read-store)/' },
      to: { path: '^src/', pathNot: '^src/(event-sourcing|projecting|event-log|eventstoredb|read-store)/' },
    },
    {
      name: 'analytic-store-knows-no-source',
      comment: 'External logs and own cases feed the same tables, and neither is known to them.',
      severity: 'error',
      from: { path: '^src/analytic-store/' },
      to: { path: '^src/', pathNot: '^src/(analytic-store|event-sourcing|calendar)/' },
    },
    {
      name: 'adapters-know-not-each-other',
      comment: 'The log does not depend on the views, nor the views on an engine of the log.',
      severity: 'error',
      from: { path: '^src/(event-log|read-store)/' },
      to: { path: '^src/(event-log|eventstoredb|read-store)/', pathNot: '^src/$1/' },
    },
    {
      name: 'one-log-borrows-of-the-other',
      comment:
        'Both engines of the log make an append alike, and a server is read stream by stream from a copy; no more.',
      severity: 'error',
      from: { path: '^src/eventstoredb/' },
      to: {
        path: '^src/(event-log|read-store)/',
        pathNot: '^src/event-log/(append-request|log-copy|sqlite-event-log)\\.ts$',
      },
    },
    {
      name: 'rules-are-pure',
      comment: 'Events, deciders and what they fold know no framework, no engine, no clock and no I/O.',
      severity: 'error',
      from: { path: '^src/journey/|^src/reference/reference\\.ts|\\.(events|decider)\\.ts$' },
      to: {
        path: '^(node:|@nestjs|better-sqlite3|rxjs|node_modules/(@nestjs|better-sqlite3|rxjs|class-))|\\.(controller|module|api|handler|process|projection)\\.ts$|event-sourcing/clock',
      },
    },
    {
      name: 'rules-need-no-node',
      comment: 'As above, for modules of Node itself.',
      severity: 'error',
      from: { path: '^src/journey/|^src/reference/reference\\.ts|\\.(events|decider)\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'slices-share-events-only',
      comment:
        'A slice reads the journey, reference facts and sealed values, which are pure; it never calls another slice.',
      severity: 'error',
      from: { path: SLICES, pathNot: '^src/exchange/' },
      to: { path: SLICES, pathNot: SHARED },
    },
    {
      name: 'an-import-says-what-the-api-says',
      comment:
        'A row states a fact in the very form of the API, so exchange/ reads the forms of casework/, its drafts and their sealing; no more of it.',
      severity: 'error',
      from: { path: '^src/(exchange)/' },
      to: { path: SLICES, pathNot: [...SHARED, '^src/casework/(cases\\.api|fact-drafts|sealing)\\.ts$'] },
    },
    {
      name: 'analysis-asks-measures',
      comment:
        'Questions go to the measures and to the event table, and are held against reference facts; measures know nothing of who asks, nor of what is withheld.',
      severity: 'error',
      from: { path: '^src/analysis/' },
      to: {
        path: SLICES,
        pathNot:
          '^src/(bottlenecks/|case-table/case-feed\\.ts$|journey/cases\\.events\\.ts$|reference/reference(\\.events|-reading)\\.ts$|access/development-identity\\.ts$)',
      },
    },
    {
      name: 'withholding-knows-measures-only',
      comment:
        'What may be shown of a measure depends on its numbers and on the cases behind them, not on who asks it and how.',
      severity: 'error',
      from: { path: '^src/withholding/' },
      to: { path: '^src/', pathNot: '^src/(withholding|bottlenecks|selections)/' },
    },
    {
      name: 'selections-know-no-measure',
      comment: 'What is asked is said once for all measures; it reads event tables and nothing else.',
      severity: 'error',
      from: { path: '^src/selections/' },
      to: { path: '^src/', pathNot: '^src/(selections|analytic-store|event-sourcing)/' },
    },
    {
      name: 'measures-know-not-who-asks',
      comment: 'As above, the other way.',
      severity: 'error',
      from: { path: '^src/(bottlenecks|analytic-store|case-table|external-logs)/' },
      to: { path: '^src/(analysis|withholding|http|ops)/' },
    },
    {
      name: 'the-journey-is-pure',
      comment:
        'Rules know no engine, no edge, no other slice; only what a sealed value and a reference fact look like.',
      severity: 'error',
      from: { path: '^src/journey/' },
      to: {
        path: '^src/',
        pathNot: [
          '^src/(journey|event-sourcing)/',
          '^src/reference/reference\\.ts$',
          '^src/privacy/sealed\\.ts$',
          '^src/projecting/projection\\.ts$',
        ],
      },
    },
    {
      name: 'nest-is-the-edge',
      comment: 'Deleting Nest should cost controllers and modules, not rules.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: '^src/(http|access|ops)/|\\.(controller|module|api|handler)\\.ts$|^src/(main|app\\.module|cli)\\.ts$',
      },
      to: { path: 'node_modules/@nestjs' },
    },
    {
      name: 'controllers-know-no-engine',
      comment: 'An edge asks the ports; engines are chosen in the wiring.',
      severity: 'error',
      from: { path: '\\.(controller|api)\\.ts$' },
      to: { path: '^src/(event-log|eventstoredb)/|node_modules/(better-sqlite3|@eventstore)' },
    },
    {
      name: 'the-product-knows-no-test',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.check.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
