import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { dateOfEpochDay, epochDay } from '../../src/event-sourcing/days.ts';
import type { RecordedEvent } from '../../src/event-sourcing/event.ts';
import type { RecordedQuotaEvent } from '../../src/quota/quota-book.ts';
import { decideQuota } from '../../src/quota/quota.decider.ts';
import type { QuotaFact } from '../../src/quota/quota.events.ts';
import { defaultReferenceEvents, referenceOf } from '../../src/reference/reference.ts';
import { DEMO } from '../../src/simulation/demo.ts';
import { demoQuotaNotices } from '../../src/simulation/demo-quota.ts';
import { Draws } from '../../src/simulation/draws.ts';
import { PARAMETERS } from '../../src/simulation/parameters.ts';
import { placesOf, type Place } from '../../src/simulation/places.ts';
import {
  demoFigures,
  figuresOf,
  housedIn,
  publishedFigures,
  type NationalFigures,
  type PublishedFigure,
} from '../../src/simulation/published.ts';
import type { Notice } from '../../src/simulation/run-simulation.ts';
import { NO_MUNICIPALITIES } from '../quota/places.ts';

const period = { from: epochDay(DEMO.from), until: epochDay(DEMO.until) };

describe('the demo', () => {
  let places: readonly Place[];
  let figures: NationalFigures;
  let notices: readonly Notice[];
  let arrears: Readonly<Record<string, number>>;

  beforeAll(() => {
    const recorded = defaultReferenceEvents().map(({ event }) => event as RecordedEvent);
    places = placesOf(referenceOf(recorded), DEMO.from, DEMO.until);
    const draws = new Draws(DEMO.seed);
    figures = demoFigures(draws, places);
    notices = demoQuotaNotices(draws, places, figures.housed, DEMO.from);
    const opening = notices.find(({ type }) => type === 'OpeningBalancesSet')!;
    ({ arrears } = opening.data as unknown as { arrears: typeof arrears });
  }, 60_000);

  const published = () =>
    publishedFigures(
      figures,
      Object.values(arrears).reduce((sum, persons) => sum + persons, 0),
    );

  it('lands on the published figures', () => {
    for (const { what, simulated, bounds } of published()) {
      expect({ what, simulated, isWithin: simulated >= bounds[0] && simulated <= bounds[1] }).toEqual({
        what,
        simulated,
        isWithin: true,
      });
    }
  });

  it('is what docs/simulation.md says of it', () => {
    expect(readFileSync('docs/simulation.md', 'utf8')).toContain(tableOf(published()));
  });

  it('names every parameter in docs/simulation.md', () => {
    const page = readFileSync('docs/simulation.md', 'utf8');
    expect(Object.keys(PARAMETERS).filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  it('gives every municipality of 2016 an opening balance, Etten-Leur the published one', () => {
    expect(Object.keys(arrears)).toHaveLength(390);
    expect(arrears).toMatchObject({ GM0777: 7 });
    expect(Object.keys(arrears)).toEqual(expect.arrayContaining(['GM0844', 'GM0846', 'GM0860']));
  });

  it('says of the quotas only what can be said', () => {
    const record: RecordedQuotaEvent[] = [];
    for (const { type, data, day } of notices) {
      const today = dateOfEpochDay(day);
      const fact = { type, data } as unknown as QuotaFact;
      const given = { firstPeriod: '2016H1', openedIn: '2016H1', unknownMunicipalities: [] };
      const command = { do: 'record', fact, today, municipalities: NO_MUNICIPALITIES, ...given } as const;
      expect(decideQuota(command, record)).toEqual([fact]);
      record.push({ ...fact, id: String(record.length), revision: record.length } as RecordedQuotaEvent);
    }
  });

  it('comes to about the same a head at another scale and with another seed', () => {
    const tenth = figuresOf(new Draws(1), places, 0.1, period);
    const other = figuresOf(new Draws(3), places, 0.3, period);
    const housed = housedIn(figures.housed, '2016-01', '2016-12');
    for (const [{ housed: part, waiting }, scale] of [
      [tenth, 0.1],
      [other, 0.3],
    ] as const) {
      expect(Math.abs(housedIn(part, '2016-01', '2016-12') / scale / housed - 1)).toBeLessThan(0.1);
      expect(Math.abs(waiting / scale / figures.waiting - 1)).toBeLessThan(0.2);
    }
  });
});

function tableOf(rows: readonly PublishedFigure[]): string {
  const lines = rows.map(
    ({ what, published, simulated }) => `| ${what} | ${published} | ${simulated.toLocaleString('en')} |`,
  );
  return ['| figure | published | simulated |', '|---|---|---|', ...lines].join('\n');
}
