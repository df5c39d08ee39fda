import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AnalyticStore } from '../../src/analytic-store/analytic-store.ts';
import { OwnCases } from '../../src/analysis/own-cases.ts';
import type { CaseKnowledge } from '../../src/case-table/case-feed.ts';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { Metrics } from '../../src/ops/metrics.ts';
import { openViewsInline } from '../../src/read-store/open-views.ts';
import type { Views } from '../../src/read-store/views.ts';
import { event, newStream } from '../event-log/samples.ts';
import { toyParts } from '../read-store/toy.ts';

/** Cases that are known up to a position. */
class KnownUpTo extends OwnCases {
  position: string | null = null;
  ask<T>(question: (store: AnalyticStore, knowledge: CaseKnowledge) => Promise<T>): Promise<T> {
    const { position } = this;
    return question(undefined as unknown as AnalyticStore, { position, recordedAt: null, parked: 0 });
  }
}

describe('figures about the running server', () => {
  let log: SqliteEventLog;
  let views: Views;
  let cases: KnownUpTo;
  let metrics: Metrics;
  beforeEach(async () => {
    log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
    views = await openViewsInline(toyParts(log), { dir: ':memory:' });
    cases = new KnownUpTo();
    metrics = new Metrics({ log, views, cases, logGauges: [], processes: [], overdueCases: () => Promise.resolve(0) });
  });
  afterEach(async () => {
    await views.close();
    await log.close();
  });

  async function figure(name: string): Promise<number> {
    const line = (await metrics.text())
      .split('\n')
      .find((it) => it.startsWith(`${name} `) || it.startsWith(`${name}{`));
    return Number(line!.split(' ').at(-1));
  }

  it('tell how many events analysis is behind, whatever else takes positions in the log', async () => {
    expect(await figure('woonspoor_analysis_lag_events')).toBe(0);
    ({ position: cases.position } = await log.append(newStream(), 'no-stream', [event()]));
    await log.append(newStream('checkpoint'), 'no-stream', [event(), event(), event()]);
    await log.append(newStream(), 'no-stream', [event(), event()]);
    expect(await figure('woonspoor_analysis_lag_events')).toBe(2);
    cases.position = (await log.head())!;
    expect(await figure('woonspoor_analysis_lag_events')).toBe(0);
  });

  it('tell that views are at the end of the log', async () => {
    await log.append(newStream(), 'no-stream', [event()]);
    await views.caughtUp();
    expect(await figure('woonspoor_projection_lag_events')).toBe(0);
  });
});
