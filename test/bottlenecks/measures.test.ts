import { describe, expect, test } from '@jest/globals';
import { AnalyticStore } from '../../src/analytic-store/analytic-store.ts';
import { measure } from '../../src/bottlenecks/measures.ts';
import { performanceGraph } from '../../src/bottlenecks/performance-graph.ts';
import type { Question } from '../../src/selections/question.ts';
import { Selection } from '../../src/selections/selection.ts';
import { GivenLogs } from '../external-logs/given-logs.ts';
import { withFourCases } from './four-cases.ts';

const HOUR = 3_600;
const ENDS = { endActivities: ['moved'] };

let store: AnalyticStore;
withFourCases((given) => (store = given));

describe('the performance graph', () => {
  test('has the waits of each pair of events, by total delay, percentiles interpolated', async () => {
    const { cases, events, edges, start, end } = await measure(store, 'dfg');
    expect({ cases, events, start, end }).toEqual({
      cases: 4,
      events: 12,
      start: { permit: 4 },
      end: { moved: 2, offer: 1, permit: 1 },
    });
    expect(edges.map(({ from, to, count, seconds }) => [from, to, count, seconds.sum / HOUR])).toEqual([
      ['permit', 'offer', 4, 84],
      ['offer', 'moved', 2, 26],
      ['offer', 'permit', 1, 6],
      ['offer', 'offer', 1, 4],
    ]);
    // Waits of 6, 10, 20 and 48 hours.
    const { seconds } = edges[0]!;
    expect(seconds).toMatchObject({ min: 6 * HOUR, mean: 21 * HOUR, median: 15 * HOUR, max: 48 * HOUR });
    expect(seconds.p90).toBeCloseTo((20 + 0.7 * 28) * HOUR, 6);
    expect(seconds.stdev).toBeCloseTo(Math.sqrt((15 ** 2 + 11 ** 2 + 1 + 27 ** 2) / 3) * HOUR, 6);
    expect(edges[3]!.seconds.stdev).toBeNull();
  });

  test('finds percentiles in slices as in one sorted list', async () => {
    using many = new GivenLogs();
    const waits = Array.from({ length: 5_000 }, (_, at) => ((at * 7_919) % 4_999) + (at % 3));
    const rows = waits.flatMap((wait, at) => [
      `${at},a,2017-02-20 00:00:00`,
      `${at},b,${new Date(Date.UTC(2017, 1, 20) + wait * 1_000).toISOString().slice(0, 19)}`,
    ]);
    await many.imported('log.csv', `case,activity,timestamp\n${rows.join('\n')}\n`);
    await using opened = await many.store();
    const even = waits.filter((_, at) => at % 2 === 0).map((_, at) => String(2 * at));
    for (const asked of [undefined, even]) {
      const own = asked === undefined ? waits : waits.filter((_, at) => at % 2 === 0);
      const sorted = own.toSorted((one, other) => one - other);
      const part = (p: number): number => {
        const rank = p * (sorted.length - 1);
        const low = sorted[Math.floor(rank)]!;
        return low + (sorted[Math.ceil(rank)]! - low) * (rank - Math.floor(rank));
      };
      const question = { filters: asked === undefined ? [] : [{ key: 'case', values: asked }] };
      const { edges: sortedAtOnce } = await measure(opened, 'dfg', question);
      const connection = await opened.another();
      const { edges } = await performanceGraph(await Selection.of(connection, question));
      await connection.close();
      expect(edges).toHaveLength(1);
      expect(edges[0]!.count).toBe(own.length);
      expect(edges[0]!.seconds.median).toBeCloseTo(part(0.5), 9);
      expect(edges[0]!.seconds.p90).toBeCloseTo(part(0.9), 9);
      const close = Object.entries(edges[0]!.seconds).map(([name, value]) => [name, expect.closeTo(value!, 6)]);
      expect(sortedAtOnce).toEqual([{ ...edges[0], seconds: Object.fromEntries(close) }]);
    }
  });

  test('counts working days only, if asked', async () => {
    using weekend = new GivenLogs();
    await weekend.imported(
      'log.csv',
      'case,activity,timestamp\nk,a,2017-02-24T11:00:00Z\nk,b,2017-02-27T11:00:00Z\nk,c,2017-04-13T10:00:00Z\nk,d,2017-04-18T10:00:00Z\n',
    );
    await using opened = await weekend.store();
    const { edges } = await measure(opened, 'dfg', { workingDays: true });
    // Friday to Monday is a day; Thursday to the Tuesday after Easter is two.
    expect(Object.fromEntries(edges.map(({ from, seconds }) => [from, seconds.sum / HOUR]))).toMatchObject({
      a: 24,
      c: 48,
    });
    expect((await measure(opened, 'throughput', { workingDays: true })).cases).toBe(1);
  });
});

test('throughput is from the first event to the last; a case with one event has 0', async () => {
  const { cases, seconds } = await measure(store, 'throughput');
  expect(cases).toBe(4);
  // 0, 24, 48, 48 hours.
  expect(seconds).toEqual({
    min: 0,
    p25: 18 * HOUR,
    median: 36 * HOUR,
    p75: 48 * HOUR,
    p90: 48 * HOUR,
    p95: 48 * HOUR,
    max: 48 * HOUR,
    mean: 30 * HOUR,
  });
});

test('of lifetimes, who has not begun by then is not open', async () => {
  const first = (await measure(store, 'arrivals', ENDS)).days[0]!;
  const { cases, open } = await measure(store, 'lifetime', { ...ENDS, now: `${first.day}T23:59:59Z` });
  expect(cases + open).toBe(first.arrivals);
});

test('lifetimes are those of cases that ended, and say how many did not', async () => {
  const { cases, open, seconds } = await measure(store, 'lifetime', ENDS);
  expect({ cases, open, median: seconds!.median }).toEqual({ cases: 2, open: 2, median: 36 * HOUR });
});

test('variants are of all cases, or of closed ones', async () => {
  const { variants } = await measure(store, 'variants');
  expect(variants.map(({ activities, cases }) => [activities.join(' '), cases])).toEqual([
    ['permit', 1],
    ['permit offer', 1],
    ['permit offer moved', 1],
    ['permit offer offer permit offer moved', 1],
  ]);
  expect((await measure(store, 'variants', { ...ENDS, closed: true })).variants).toHaveLength(2);
});

test('closed are the cases that had ended by now', async () => {
  const closed = async (question: Question) =>
    (await measure(store, 'throughput', { ...question, closed: true })).cases;
  expect(await closed({ ...ENDS, now: '2017-02-20T23:59:59Z' })).toBe(0);
  expect(await closed({ ...ENDS, now: '2017-02-21' })).toBe(1);
  expect(await closed({ ...ENDS, now: '2017-02-22' })).toBe(2);
  expect(await closed({ ...ENDS })).toBe(2);
  // Where no end is said, with their last event.
  expect(await closed({ now: '2017-02-21' })).toBe(2);
  expect(await closed({})).toBe(4);
  for (const now of ['2017-02-21', '2017-02-22'])
    expect(await closed({ ...ENDS, now })).toBe((await measure(store, 'lifetime', { ...ENDS, now })).cases);
});

test('rework is what follows itself, and what comes back', async () => {
  expect(await measure(store, 'rework')).toEqual({
    offer: { cases: 1, selfLoops: 1, repetitions: 1, seconds: 10 * HOUR },
    permit: { cases: 1, selfLoops: 0, repetitions: 1, seconds: 6 * HOUR },
  });
});

test('a hand-over is a step between two resources that are known', async () => {
  const { steps, handovers, pairs } = await measure(store, 'handover');
  expect({ steps, handovers }).toEqual({ steps: 7, handovers: 4 });
  expect(pairs.map(({ from, to, count, seconds }) => [from, to, count, seconds.sum / HOUR])).toEqual([
    ['anna', 'bob', 3, 40],
    ['bob', 'anna', 1, 6],
  ]);
});

test('waits with and without a hand-over, and of each pair, are as in one sorted list', async () => {
  using many = new GivenLogs();
  const steps = Array.from({ length: 1_000 }, (_, at) => ({
    from: `r${at % 3}`,
    to: `r${(at >> 4) % 3}`,
    wait: (at * 7_919) % 997,
  }));
  const rows = steps.flatMap(({ from, to, wait }, at) => [
    `${at},a,2017-02-20T00:00:00Z,${from}`,
    `${at},b,${new Date(Date.UTC(2017, 1, 20) + wait * 1_000).toISOString()},${to}`,
  ]);
  await many.imported('log.csv', `case,activity,timestamp,resource\n${rows.join('\n')}\n`);
  await using opened = await many.store();
  const durations = (some: typeof steps): object => {
    const sorted = some.map(({ wait }) => wait).toSorted((one, other) => one - other);
    const part = (p: number): unknown => {
      const rank = p * (sorted.length - 1);
      const low = sorted[Math.floor(rank)]!;
      return expect.closeTo(low + (sorted[Math.ceil(rank)]! - low) * (rank - Math.floor(rank)), 9);
    };
    const sum = sorted.reduce((so, one) => so + one, 0);
    return { min: sorted[0], median: part(0.5), p90: part(0.9), max: sorted.at(-1), sum };
  };
  const handed = steps.filter(({ from, to }) => from !== to);
  const found = await measure(opened, 'handover');
  expect(found).toMatchObject({
    steps: steps.length,
    handovers: handed.length,
    with: durations(handed),
    without: durations(steps.filter(({ from, to }) => from === to)),
  });
  expect(found.pairs).toHaveLength(6);
  for (const { from, to, count, seconds } of found.pairs) {
    const own = handed.filter((one) => one.from === from && one.to === to);
    expect({ count, seconds }).toMatchObject({ count: own.length, seconds: durations(own) });
  }
});

test('hand-overs are between any number of resources', async () => {
  using many = new GivenLogs();
  await using made = await AnalyticStore.create(many.target, { threads: 1 });
  await made.run(`insert into resource select n, 'r' || n from range(200000) t(n)`);
  await made.run(`
    insert into step by name
    select 0 as case_no, 1 as position, 0 as edge, false as recurs, 199998 as from_resource, 199999 as to_resource,
      timestamp '2017-02-20' as departed, timestamp '2017-02-21' as arrived, 86400000000 as us, 0 as slice,
      86400000000 as working_us, 0 as working_slice`);
  const { pairs } = await measure(made, 'handover');
  expect(pairs.map(({ from, to, count }) => [from, to, count])).toEqual([['r199998', 'r199999', 1]]);
});

test('an event that completes before it starts loses neither its case nor its step', async () => {
  using odd = new GivenLogs();
  await odd.imported(
    'log.csv',
    'case,activity,start_timestamp,timestamp\nk,a,2017-02-20T10:00:00Z,2017-02-20T08:00:00Z\nk,b,2017-02-20T11:00:00Z,2017-02-20T12:00:00Z\nl,a,2017-02-20T10:00:00Z,2017-02-20T07:00:00Z\n',
  );
  await using opened = await odd.store();
  const { cases, events, edges } = await measure(opened, 'dfg');
  expect({ cases, events, waits: edges.map(({ seconds }) => seconds.sum / HOUR) }).toEqual({
    cases: 2,
    events: 3,
    waits: [3],
  });
});

test('a case ends when the first of its ends is complete, whichever starts first', async () => {
  using side = new GivenLogs();
  await side.imported(
    'log.csv',
    'case,activity,start_timestamp,timestamp\nk,a,2017-02-20T00:00:00Z,2017-02-20T01:00:00Z\nk,b,2017-02-20T01:00:00Z,2017-02-20T09:00:00Z\nk,c,2017-02-20T02:00:00Z,2017-02-20T04:00:00Z\nk,d,2017-02-20T10:00:00Z,2017-02-20T12:00:00Z\n',
  );
  await using opened = await side.store();
  const ends = { endActivities: ['b', 'c'] };
  expect((await measure(opened, 'lifetime', ends)).seconds!.max).toBe(4 * HOUR);
  expect(await measure(opened, 'survival', { ...ends, now: '2017-02-20T05:00:00Z' })).toMatchObject({ events: 1 });
});

describe('open cases', () => {
  test('are counted in the survival curve until now', async () => {
    // Ended after 24 and 48 hours; open for 48 (two of them): at 48, the end comes before the censorings.
    const { cases, events, censored, curve } = await measure(store, 'survival', ENDS);
    expect({ cases, events, censored }).toEqual({ cases: 4, events: 2, censored: 2 });
    expect(curve).toEqual([
      { seconds: 24 * HOUR, atRisk: 4, events: 1, survival: 0.75 },
      { seconds: 48 * HOUR, atRisk: 3, events: 1, survival: 0.75 * (1 - 1 / 3) },
    ]);
  });

  test('that end after now are open now', async () => {
    const { events, censored } = await measure(store, 'survival', { ...ENDS, now: '2017-02-21T12:00:00Z' });
    expect({ events, censored }).toEqual({ events: 1, censored: 3 });
  });

  test('age since they began, and since they came to where they stand', async () => {
    const { now, cases, seconds, phases } = await measure(store, 'aging', { ...ENDS, now: '2017-02-24' });
    expect({ now, cases, max: seconds!.max }).toEqual({ now: '2017-02-24T00:00:00.000Z', cases: 2, max: 72 * HOUR });
    expect(phases.map(({ activity, cases: count, seconds: ages }) => [activity, count, ages.max / HOUR])).toEqual([
      ['offer', 1, 24],
      ['permit', 1, 72],
    ]);
    expect(phases[1]!.bands!.p50).toBe(15 * HOUR);
  });

  test('stood at a past moment where they had come to by then', async () => {
    const { phases } = await measure(store, 'aging', { ...ENDS, now: '2017-02-21T09:00:00Z' });
    expect(phases.map(({ activity, cases: count, seconds: ages }) => [activity, count, ages.max / HOUR])).toEqual([
      ['permit', 3, 9],
    ]);
  });

  test('that are overdue are late', async () => {
    expect(await measure(store, 'on-time', { ...ENDS, dueAttribute: 'due', now: '2017-03-01' })).toEqual({
      cases: 4,
      due: 3,
      onTime: 1,
      late: 1,
      openOverdue: 1,
      notYetDue: 1,
      withoutDue: 0,
      stoppedLate: 0,
      stoppedInTime: 0,
      share: 1 / 3,
    });
  });

  test('are due until the end of their due day, or until the moment that is said', async () => {
    using due = new GivenLogs();
    const rows = ['k,2017-02-20', 'l,2017-02-20T11:00:00Z', 'm,2017-02-19'].map((one) => {
      const [id, day] = one.split(',');
      return `${id},permit,2017-02-18T00:00:00Z,${day}\n${id},moved,2017-02-20T12:00:00Z,${day}\n`;
    });
    await due.imported('log.csv', `case,activity,timestamp,case:due\n${rows.join('')}`);
    await using opened = await due.store();
    const asked = (now: string) => measure(opened, 'on-time', { ...ENDS, dueAttribute: 'due', now });
    expect(await asked('2017-02-21')).toMatchObject({ due: 3, onTime: 1, late: 2, notYetDue: 0 });
    expect(await asked('2017-02-20T13:00:00Z')).toMatchObject({ due: 2, onTime: 0, late: 2, notYetDue: 1 });
  });

  test.each(['survival', 'aging', 'on-time'] as const)(
    '%s is refused where it is not said what an end is',
    async (name) => {
      await expect(measure(store, name, { dueAttribute: 'due' })).rejects.toThrow(/endActivity or endAttribute/);
    },
  );
});

describe('cumulative flow', () => {
  test('opens each day with what was left, and closes with what came less what went', async () => {
    const { phases } = await measure(store, 'flow', ENDS);
    for (const { days } of phases) {
      let closing = 0;
      for (const day of days) {
        expect(day.opening).toBe(closing);
        expect(day.opening + day.arrivals - day.departures).toBe(day.closing);
        expect(day.closing).toBeGreaterThanOrEqual(0);
        closing = day.closing;
      }
    }
    // Those that are open still stand somewhere.
    expect(phases.map(({ activity, days }) => [activity, days.at(-1)!.closing])).toEqual([
      ['moved', 0],
      ['offer', 1],
      ['permit', 1],
    ]);
  });

  test('ends with the day on which it is looked at', async () => {
    const whole = (await measure(store, 'flow', ENDS)).phases.flatMap(({ days }) => days.map(({ day }) => day)).sort();
    const { phases } = await measure(store, 'flow', { ...ENDS, now: `${whole[0]}T23:59:59Z` });
    expect(phases.flatMap(({ days }) => days.map(({ day }) => day)).every((day) => day === whole[0])).toBe(true);
    expect(phases.flatMap(({ days }) => days).reduce((sum, { arrivals }) => sum + arrivals, 0)).toBeGreaterThan(0);
    expect(whole.at(-1)! > whole[0]!).toBe(true);
  });

  test('of whole cases', async () => {
    const { days } = await measure(store, 'arrivals', ENDS);
    expect(days).toEqual([
      { day: '2017-02-20', opening: 0, arrivals: 2, departures: 0, closing: 2 },
      { day: '2017-02-21', opening: 2, arrivals: 2, departures: 1, closing: 3 },
      { day: '2017-02-22', opening: 3, arrivals: 0, departures: 1, closing: 2 },
    ]);
  });
});
