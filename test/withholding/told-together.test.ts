import { expect, it, jest } from '@jest/globals';
import { shownResult } from '../../src/withholding/shown-result.ts';
import type { Cohorts } from '../../src/bottlenecks/cohorts.ts';
import type { Flow } from '../../src/bottlenecks/flow.ts';
import { measured, type Measured, type MeasureName } from '../../src/bottlenecks/measures.ts';
import type { Phases } from '../../src/bottlenecks/phases.ts';
import { filterOf, type Question } from '../../src/selections/question.ts';
import { Selection } from '../../src/selections/selection.ts';
import { OwnCases, simulatedLog } from '../bottlenecks/own-cases.ts';
import { following, type Equation } from './following.ts';

jest.setTimeout(300_000);

const LEAST = 5;
const PARTS = ['LINK', 'RELINK', 'HOME', 'TENANCY', 'MOVE'];
const NOW = '2017-02-23';

/** Of selections from those of a whole country to those of a village, and of days on which little had happened yet. */
async function questionsOf(cases: OwnCases): Promise<readonly Question[]> {
  const values = async (column: string, most: number): Promise<readonly string[]> => {
    const rows = await cases.store.rows<{ value: string }>(
      `select ${column} as value from cases where ${column} is not null group by 1 having count(*) between 12 and 400 order by count(*) desc, 1 limit ${most}`,
    );
    return rows.map(({ value }) => value);
  };
  const only = (text: string, now = NOW): Question => ({ now, filters: [filterOf(text)] });
  return [
    ...['2016-04-01', '2016-06-01', '2016-10-01', NOW].map((now) => ({ now })),
    ...(await values('c2', 12)).map((code) => only(`municipality=${code}`)),
    ...(await values('c3', 8)).flatMap((code) => [only(`province=${code}`), only(`province=${code}`, '2016-08-01')]),
    ...['2016-01', '2016-03', '2016-06'].map((month) => only(`permit=${month}-01..${month}-28`)),
  ];
}

async function shown<M extends MeasureName>(cases: OwnCases, name: M, question: Question): Promise<Measured<M> | null> {
  const selection = await Selection.of(cases.store, question);
  return (await shownResult(selection, name, await measured(selection, name), LEAST)) as Measured<M> | null;
}

/** Numbers of phases that few are behind, and that follow from what phases, flow and cohorts show of the same cases. */
async function toldOf(cases: OwnCases, question: Question): Promise<readonly string[]> {
  const all = await measured(await Selection.of(cases.store, question), 'phases');
  const valueOf = (name: string): number => {
    const [phase, number] = name.split(' ');
    const row = all.phases.find((one) => one.phase === phase);
    return (row?.[number as 'runs'] as number | undefined) ?? 0;
  };
  const phases: Phases | null = await shown(cases, 'phases', question);
  const flow: Flow | null = await shown(cases, 'flow', question);
  const linked: Cohorts | null = await shown(cases, 'cohorts', { ...question, cohort: 'LINK' });
  const isUnknown = (name: string): boolean => {
    const [phase, number] = name.split(' ');
    if (valueOf(name) === 0 || name === 'WHOLE runs') return false;
    return (phases?.phases.find((one) => one.phase === phase)?.[number as 'runs'] ?? null) === null;
  };
  const equation = (...names: readonly string[]): Equation => new Map(names.filter(isUnknown).map((name) => [name, 1]));
  const sum = (whole: string, ...parts: readonly string[]): Equation =>
    new Map([[whole, -1] as const, ...parts.map((part) => [part, 1] as const)].filter(([name]) => isUnknown(name)));
  const known = following([
    ...[...PARTS, 'WHOLE'].map((phase) =>
      sum(`${phase} runs`, `${phase} reached`, `${phase} stopped`, `${phase} open`),
    ),
    sum('HOME runs', 'LINK reached', 'RELINK reached'),
    sum('TENANCY runs', 'HOME reached'),
    sum('MOVE runs', 'TENANCY reached'),
    sum('WHOLE open', ...PARTS.map((phase) => `${phase} open`)),
    ...(valueOf('LINK runs') === valueOf('WHOLE runs') ? [sum('WHOLE runs', 'LINK runs')] : []),
    ...(valueOf('MOVE reached') === valueOf('WHOLE reached') ? [sum('WHOLE reached', 'MOVE reached')] : []),
    ...(flow?.phases ?? []).flatMap(({ activity }) => [
      equation(`${activity} runs`),
      equation(`${activity} reached`, `${activity} stopped`),
      equation(`${activity} open`),
    ]),
    ...(typeof linked?.without === 'number' ? [equation('LINK reached')] : []),
  ]);
  return known.filter((name) => valueOf(name) < LEAST);
}

it('phases, flow and cohorts of the same cases together tell of no few', async () => {
  const log = await simulatedLog({ seed: 1, from: '2016-01-01', until: NOW, scale: 0.03 });
  await using cases = await OwnCases.inLog(log);
  await log.close();
  const questions = await questionsOf(cases);
  expect(questions.length).toBeGreaterThan(15);
  for (const question of questions) expect([question, await toldOf(cases, question)]).toEqual([question, []]);
});
