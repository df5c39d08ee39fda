import { expect, it, jest } from '@jest/globals';
import { measured } from '../../src/bottlenecks/measures.ts';
import { epochDay } from '../../src/event-sourcing/days.ts';
import { filterOf, type Question } from '../../src/selections/question.ts';
import { Selection } from '../../src/selections/selection.ts';
import { countsOfSteps, loopsKey, repetitionsKey } from '../../src/withholding/counts-of-steps.ts';
import { shownResult } from '../../src/withholding/shown-result.ts';
import { edgeKey } from '../../src/withholding/support.ts';
import { OwnCases, simulatedLog } from '../bottlenecks/own-cases.ts';

jest.setTimeout(300_000);

const QUESTIONS: readonly Question[] = [
  {},
  { filters: [filterOf('channel=ASYLUM')] },
  { asKnownOn: epochDay('2016-06-01') },
  { now: '2017-02-23', closed: true },
];

it('A process map in working days is shown where the same in calendar days is', async () => {
  const log = await simulatedLog({ seed: 1, from: '2016-01-01', until: '2017-02-23', scale: 0.01 });
  await using cases = await OwnCases.inLog(log);
  await log.close();
  const edgesShown = async (question: Question): Promise<readonly string[]> => {
    const selection = await Selection.of(cases.store, question);
    const shown = await shownResult(selection, 'dfg', await measured(selection, 'dfg'), 5);
    return (shown!.edges as Parameters<typeof edgeKey>).map(edgeKey).sort();
  };
  const calendar = await edgesShown({});
  expect(calendar.length).toBeGreaterThan(5);
  expect(await edgesShown({ workingDays: true })).toEqual(calendar);
});

it('Sequences tell as many steps, beginnings, ends, loops and repetitions as there are, and of as many cases', async () => {
  const log = await simulatedLog({ seed: 1, from: '2016-01-01', until: '2017-02-23', scale: 0.03 });
  await using cases = await OwnCases.inLog(log);
  await log.close();
  for (const question of QUESTIONS) {
    const selection = await Selection.of(cases.store, question);
    const { map, rework, behind } = countsOfSteps(await measured(selection, 'variants'));
    const { edges, ...graph } = await measured(selection, 'dfg');
    expect(edges.length).toBeGreaterThan(20);
    const byEdge = (these: typeof map.edges): object =>
      Object.fromEntries(these.map((edge) => [edgeKey(edge), edge.count]));
    expect({ ...map, edges: byEdge(map.edges) }).toEqual({ ...graph, edges: byEdge(edges) });
    const repeated = await measured(selection, 'rework');
    expect(rework).toEqual(
      Object.fromEntries(
        Object.entries(repeated).map(([name, { cases, selfLoops, repetitions }]) => [
          name,
          { cases, selfLoops, repetitions },
        ]),
      ),
    );
    const counted = await selection.rows<{ key: string; cases: number }>(
      `select source.name || chr(10) || target.name as key, count(distinct case_no) as cases
        from ${selection.from('step')} join edge using (edge)
        join activity source on source.activity = from_activity join activity target on target.activity = to_activity group by key
      union all select 'loops' || chr(10) || name, count(*) from ${selection.from('repeat')} join activity using (activity) where self_loops > 0 group by name
      union all select 'repetitions' || chr(10) || name, count(*) from ${selection.from('repeat')} join activity using (activity) where repetitions > 0 group by name`,
    );
    expect(Object.fromEntries(behind)).toEqual(Object.fromEntries(counted.map((one) => [one.key, one.cases])));
    expect([...behind.keys()].some((key) => key.startsWith(repetitionsKey('')))).toBe(true);
    expect([...behind.keys()].some((key) => key.startsWith(loopsKey('')))).toBe(true);
  }
});
