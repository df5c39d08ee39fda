import { Command, InvalidArgumentError, Option } from 'commander';
import type { AllocateOptions } from './ops/allocate.command.ts';
import type { AnalyseOptions, ImportLogOptions } from './ops/analyse.command.ts';
import type { LogCopyOptions } from './ops/log-copy.command.ts';
import { EXPORT_FORMATS, type ExportFormat } from './case-table/export-formats.ts';
import { EXIT, interruptible, OutputClosed } from './ops/terminal.ts';
import { ConfigurationFaulty, loadConfig, type ConfigOverrides } from './config.ts';
import { QuestionRefused } from './selections/question-refused.ts';

const program = new Command('woonspoor')
  .description('From permit to front door: follows every household with an asylum permit to its own home.')
  .option('--data <folder>', 'folder of the log and the views (WOONSPOOR_DATA, default .woonspoor)')
  .showHelpAfterError('(--help shows what can be given)')
  .configureHelp({ showGlobalOptions: true })
  .exitOverride((exit) => process.exit(exit.exitCode === 0 ? EXIT.done : EXIT.usage));

program
  .command('serve')
  .description('Runs the server until it is stopped.')
  .option('--empty', 'begin a new data folder without the demonstration')
  .addOption(
    new Option(
      '--demo',
      "begin with the demonstration: into an empty server's log it is written only if asked for",
    ).conflicts('empty'),
  )
  .option('--clock <day>', 'let the clock stand on a day, such as 2017-03-31')
  .option('--port <number>', 'port to listen on (WOONSPOOR_PORT, default 3000)')
  .option('--host <address>', 'address to listen on (WOONSPOOR_HOST, default 127.0.0.1)')
  .action((options: { empty?: boolean; demo?: boolean; clock?: string; port?: string; host?: string }) =>
    run(async (config, signal) => (await import('./ops/serve.command.ts')).serve(config, signal, options), {
      fixedDay: options.clock,
      port: options.port,
      host: options.host,
    }),
  );

program
  .command('rebuild')
  .argument('[view]', 'name of one view; all of them if none is given')
  .description(
    'Builds views anew from the log, beside the old ones, and swaps them in. Stopped, it goes on where it was.',
  )
  .action((view: string | undefined) =>
    run(async (config, signal) => (await import('./ops/rebuild.command.ts')).rebuild(config, signal, view)),
  );

program
  .command('verify')
  .description('Checks every hash chain of the log, and the database itself. Exit code 3: something was found.')
  .option('--after <stream>', 'go on after this stream, where an earlier run was stopped')
  .action((options: { after?: string }) =>
    run(async (config, signal) => (await import('./ops/verify.command.ts')).verify(config, signal, options.after)),
  );

program
  .command('backup')
  .argument('<file>', 'file to write; it must not exist yet')
  .addOption(leaveOut())
  .description('Copies the log as it stands to a file, while the server runs. Keys and master key: see the README.')
  .action((file: string, options: { leaveOut?: string[] }) =>
    run(async (config, signal) =>
      (await import('./ops/backup.command.ts')).backup(config, signal, file, options.leaveOut),
    ),
  );

program
  .command('restore')
  .argument('<file>', 'a backup')
  .description(
    'Puts a backup in the place of the log; the log that stood there is kept beside it. The server must be stopped.',
  )
  .action((file: string) =>
    run(async (config, signal) => (await import('./ops/restore.command.ts')).restore(config, signal, file)),
  );

program
  .command('log')
  .description('Moves logs.')
  .command('copy')
  .requiredOption('--from <address>', 'a data folder, a log file, or the connection string of a server')
  .requiredOption('--to <address>', 'the same; what stands there must be empty, or this copy unfinished')
  .addOption(leaveOut())
  .description(
    'Copies a log, as from the embedded one to a cluster, and compares both. All servers on it must be stopped. Stopped, the same command goes on where it was.',
  )
  .action((options: LogCopyOptions) =>
    run(async (config, signal) => (await import('./ops/log-copy.command.ts')).copyLogTo(config, signal, options)),
  );

program
  .command('events')
  .description('Prints the log, oldest first; sealed values stay sealed.')
  .option('--stream <name>', 'one stream only, such as case-…')
  .option('--category <name>', 'one kind of stream only: case, quota, reference or key')
  .option('--tail <count>', 'only the last so many', wholeNumber)
  .option('--follow', 'go on with what is recorded, until stopped')
  .action((options: { stream?: string; category?: string; tail?: number; follow?: boolean }) =>
    run(async (config, signal) => (await import('./ops/events.command.ts')).events(config, signal, options)),
  );

program
  .command('simulate')
  .description('Fills an empty log with cases of a simulated country. Stopped, the same command goes on where it was.')
  .option('--seed <number>', 'another number, another country', amount, 1)
  .option('--from <day>', 'first day on which something is recorded', '2016-01-01')
  .option('--until <day>', 'last day', '2017-02-23')
  .option('--scale <number>', '1 is the whole country, 0.01 a hundredth', amount, 1)
  .action((options: { seed: number; from: string; until: string; scale: number }) =>
    run(async (config, signal) => (await import('./ops/simulate.command.ts')).simulate(config, signal, options)),
  );

const importing = program.command('import').description('Brings data in from files.');

mapped(importing.command('log').argument('<file>', 'event log: XES (also gzip) or CSV'))
  .requiredOption('--name <name>', 'under which it is analysed; a log that has the name is replaced')
  .description(
    'Imports an event log of another system, to be analysed beside the cases. Exit code 4: cases were left out.',
  )
  .action((file: string, options: ImportLogOptions) =>
    run(async (config, signal) =>
      (await import('./ops/analyse.command.ts')).importNamedLog(config, signal, file, options),
    ),
  );

program
  .command('remove')
  .description('Removes what was imported.')
  .command('log')
  .argument('<name>', 'under which it was imported')
  .description('Removes an imported event log, also while the server runs. Cases of this system are never removed.')
  .action((name: string) =>
    run(async (config) => (await import('./ops/remove-log.command.ts')).removeLog(config, name)),
  );

mapped(program.command('analyse').argument('[file]', 'event log: XES (also gzip) or CSV'))
  .description(
    'Prints a measure of an event log, or of the cases of this system, as JSON; docs/analysis.md defines them. Of cases, small groups are withheld. Exit code 4: cases were left out, or all is withheld.',
  )
  .requiredOption(
    '--measure <name>',
    'dfg, throughput, lifetime, variants, rework, handover, survival, aging, on-time, flow, arrivals, delay, conformance, cohorts, phases or impediments',
  )
  .option('--log <name>', 'a log that was imported, in the place of a file')
  .option('--cases', 'the cases of this system, in the place of a file')
  .option('--as-known-on <day>', 'of the cases: as they were known by the end of that day')
  .option(
    '--filter <condition...>',
    'only cases of which it holds, such as activity=offer or started=2017-01-01..2017-03-31',
  )
  .option('--compare <condition...>', 'beside those of --filter, cases of which these hold, and the differences')
  .option('--end-activities <names...>', 'a case ends with its first event of one of them')
  .option('--start-attribute <name>', 'attribute of cases of a log: when they begin')
  .option('--end-attribute <name>', 'attribute of cases of a log: when they end')
  .option('--due-attribute <name>', 'attribute of cases of a log: when they are due')
  .option('--now <time>', 'when open cases are looked at (default: the last event of the log)')
  .option('--closed', 'only cases that have ended')
  .option('--working-days', 'count the time on Dutch working days only')
  .option('--without-suspended', 'leave out the days on which terms were suspended (phases, delay)')
  .option('--cohort <mode>', 'months that make cohorts: PERMIT, LINK or MOVE_IN; of logs START or END')
  .option('--model <file>', 'what cases are held against (conformance), as JSON')
  .option('--json', 'on one line')
  .action((file: string | undefined, options: AnalyseOptions) =>
    run(async (config, signal) => (await import('./ops/analyse.command.ts')).analyse(config, signal, file, options)),
  );

importing
  .command('cases')
  .argument('<file>', 'CSV with one row a fact, as docs/import.md describes it')
  .option('--errors <file>', 'file for what is wrong, row by row (default: beside it, with .errors.csv)')
  .option('--organisation <name>', 'whose cases they are; its references stay apart from those of others')
  .option('--actor <name>', 'who imports')
  .option('--clock <day>', 'let the clock stand on a day, such as 2017-03-31')
  .description(
    'Imports cases: each whole, or not at all. Of a log in a file, the server must be stopped. Stopped, the import is run again: nothing is recorded twice. Exit code 4: cases were left out.',
  )
  .action((file: string, options: { errors?: string; organisation?: string; actor?: string; clock?: string }) =>
    run(
      async (config, signal) => (await import('./ops/import.command.ts')).importCasesOf(config, signal, file, options),
      { fixedDay: options.clock },
    ),
  );

const exporting = program
  .command('export')
  .argument('<file>', 'file to write; it must not exist yet')
  // Asked for below: commander would ask for it from "export cases" too.
  .addOption(
    new Option('--format <format>', 'XES (IEEE 1849), OCEL 2.0 as JSON, CSV or Parquet').choices(EXPORT_FORMATS),
  )
  .description('Writes every case as an event log for other tools, under numbers of its own, while the server runs.')
  .action((file: string, { format }: { format?: ExportFormat }) => {
    if (format === undefined) return exporting.error(`error: say --format ${EXPORT_FORMATS.join(', ')}`);
    return run(async (config, signal) =>
      (await import('./ops/export-events.command.ts')).exportEventsTo(config, signal, format, file),
    );
  });

exporting
  .command('cases')
  .argument('[file]', 'file to write; standard output if none is given')
  .description('Writes all cases as they can be imported elsewhere, while the server runs. Names stand open in it.')
  .action((file: string | undefined) =>
    run(async (config, signal) => (await import('./ops/export.command.ts')).exportCasesTo(config, signal, file)),
  );

program
  .command('quota')
  .description('Reckons with quotas.')
  .command('allocate')
  .description(
    'Divides a national total over municipalities by their inhabitants (art. 29 of the Housing Act), and prints the quota of each and their sum.',
  )
  .requiredOption('--total <persons>', 'national total of the half-year', persons)
  .requiredOption('--inhabitants <file>', 'CSV with a row a municipality: gm_code, name and a column of inhabitants')
  .requiredOption('--column <name>', 'column of the inhabitants, such as inhabitants_2016_01_01')
  .addOption(
    new Option('--rounding <how>', 'each up, as the rule says, or to the nearest')
      .choices(['ceil', 'nearest'])
      .default('ceil'),
  )
  .option('--csv', 'print as CSV; the sum goes to standard error')
  .action((options: AllocateOptions) =>
    run(async () => (await import('./ops/allocate.command.ts')).allocateQuota(options)),
  );

if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(
    `Node 24 is needed and this is ${process.version}: start it with "npx woonspoor", which brings its own along.`,
  );
  process.exit(EXIT.failed);
}
await program.parseAsync();

type Work = (config: ReturnType<typeof loadConfig>, signal: AbortSignal) => Promise<number>;

/** Runs a command, of which only then the code is loaded: its answer is the exit code, whatever it throws a sentence on standard error. */
async function run(work: Work, overrides: ConfigOverrides = {}): Promise<void> {
  const { data } = program.opts<{ data?: string }>();
  const signal = interruptible();
  // Whoever prints much hears of it and ends; the rest is done all the same.
  process.stdout.on('error', () => undefined);
  try {
    process.exitCode = await work(
      loadConfig(process.env, { ...overrides, ...(data ? { dataFolder: data } : {}) }),
      signal,
    );
  } catch (error) {
    if (error instanceof OutputClosed) return;
    if (signal.aborted) {
      process.exitCode = EXIT.interrupted;
      return;
    }
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode =
      error instanceof ConfigurationFaulty || error instanceof QuestionRefused ? EXIT.usage : EXIT.failed;
  }
}

function leaveOut(): Option {
  const also = (stream: string, others: readonly string[] = []): readonly string[] => [...others, stream];
  return new Option(
    '--leave-out <stream>',
    'a damaged case, case-…, of which the copy only says that it was left out (exit code 4); may be repeated',
  ).argParser(also);
}

/** What the columns of a log hold; those that are not named are found by the names the field uses. */
function mapped(command: Command): Command {
  return command
    .option('--case-column <name>', 'column (key) of the case')
    .option('--activity-column <name>', 'column (key) of the activity')
    .option('--time-column <name>', 'column (key) of the time at which an event was complete')
    .option('--start-column <name>', 'column (key) of the time at which it started')
    .option('--resource-column <name>', 'column (key) of who did it')
    .option(
      '--time-format <format>',
      'how times are written: such as %d-%m-%Y %H:%M, epoch-seconds or epoch-milliseconds (default: ISO 8601)',
    )
    .option('--delimiter <character>', 'what stands between values (default: what the first line shows)')
    .option('--quote <character>', 'what stands around values that hold it (default: ")')
    .option('--encoding <name>', 'such as windows-1252 (default: what the file says, or UTF-8)')
    .option('--errors <file>', 'file for what is wrong, event by event (default: beside it, with .errors.csv)');
}

function amount(text: string): number {
  if (!/^\d{1,15}(\.\d{1,6})?$/.test(text)) throw new InvalidArgumentError('give a number of 0 or more');
  return Number(text);
}

function persons(text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError('give a whole number of persons, in digits only: 13000');
  return Number(text);
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('give a whole number of 1 or more');
  return Number(text);
}
