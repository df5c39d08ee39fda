import { existsSync } from 'node:fs';
import { BottleneckQuestions, type Asking } from '../analysis/bottleneck-questions.ts';
import type { AskedQuestion } from '../analysis/asked-question.ts';
import { ImportedLogs } from '../analysis/imported-logs.ts';
import { THE_TEAM } from '../analysis/small-groups.ts';
import { ConfigurationFaulty, filesOf, type Config } from '../config.ts';
import { FixedDayClock, SystemClock } from '../event-sourcing/clock.ts';
import { KeptCases } from '../kept-cases.ts';
import { openEngine } from '../log-engine.ts';
import { withLocalCopy } from '../opened-log.ts';
import { simulationIn } from '../simulation/demo.ts';
import { optionOf } from './options.ts';
import { operate, runningServer } from './running-server.ts';

/** A measure of own cases, or of two selections of them. */
export interface CasesAsked {
  readonly measure: string;
  readonly asked: AskedQuestion;
  /** Conditions of a second selection; those of `asked` are then the first's. */
  readonly compare?: readonly string[] | undefined;
}

/** What is answered to whoever operates the system: as to the process-improvement team. */
export interface CasesAnswer {
  readonly withheld?: string | null;
  readonly result?: unknown;
  readonly first?: { readonly withheld: string | null; readonly result: unknown };
  readonly second?: { readonly withheld: string | null; readonly result: unknown };
  readonly differences?: unknown;
}

/** Asks the running server, which holds the event table; where none runs, fills it, asks, and lets go of it. */
export async function analyseCases(config: Config, signal: AbortSignal, question: CasesAsked): Promise<CasesAnswer> {
  const server = runningServer(config);
  const response = server && (await operate(server, pathOf(question), signal));
  if (response === undefined) return askHere(config, signal, question);
  const body = (await response.json()) as CasesAnswer & ProblemTold;
  if (response.ok) return body;
  if (response.status === 400) throw new ConfigurationFaulty(faultsIn(body));
  throw new Error(`the running server answered: ${body.detail ?? response.status}`);
}

interface ProblemTold {
  readonly detail?: string;
  readonly errors?: readonly { readonly location: { readonly name?: string }; readonly detail: string }[];
}

/** What is wrong with a question, in the words of the command line; a refusal is told in them by the server. */
function faultsIn({ detail = '', errors = [] }: ProblemTold): readonly string[] {
  if (errors.length === 0) return [detail];
  return errors.map(({ location, detail: what }) => `${optionOf(location.name ?? '')} ${what}`);
}

function pathOf({ measure, asked, compare }: CasesAsked): string {
  const query = new URLSearchParams();
  const put = (key: string, value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) query.append(key, String(one));
    else if (value !== undefined && value !== false) query.append(key, String(value as string | number | true));
  };
  const { filter, ...others } = asked;
  for (const [key, value] of Object.entries(others)) put(key, value);
  put(compare === undefined ? 'filter' : 'first', filter);
  put('second', compare);
  const path = `bottlenecks/${encodeURIComponent(measure)}${compare === undefined ? '' : '/comparison'}`;
  return `${path}?${query.toString()}`;
}

async function askHere(
  config: Config,
  signal: AbortSignal,
  { measure, asked, compare }: CasesAsked,
): Promise<CasesAnswer> {
  if ('file' in config.log && !existsSync(config.log.file))
    throw new Error(`there are no cases in ${config.dataFolder}`);
  // Opened to write, so that no server starts meanwhile: the event table has room for one.
  const engine = await openEngine(config.log, { mode: 'write' });
  const log = await withLocalCopy(config, engine);
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  const cases = new KeptCases(config, log, {
    onFailure: (reason) => fail(new Error(`the event table of the cases cannot be filled: ${reason}`)),
  });
  const logs = new ImportedLogs(filesOf(config).importedLogs, {});
  try {
    const simulated = await simulationIn(log);
    const day = config.fixedDay ?? (simulated?.isDemo ? simulated.day : undefined);
    const clock = day === undefined ? new SystemClock() : new FixedDayClock(day);
    cases.start();
    await Promise.race([failed, cases.caughtUp(), whenAborted(signal)]);
    const questions = new BottleneckQuestions({ cases, logs, log, clock });
    const { filter = [], ...others } = asked;
    const asking = (conditions: readonly string[]): Asking => ({
      asked: { ...others, filter: conditions },
      asker: THE_TEAM,
      signal,
    });
    return compare === undefined
      ? await questions.measure(measure, asking(filter))
      : await questions.compare(measure, asking([]), { first: filter, second: compare });
  } finally {
    await cases.stop();
    await log.close();
  }
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
  });
}
