import { describe, expect, it } from '@jest/globals';
import { isRefusal } from '../../src/event-sourcing/decider.ts';
import { periodFacts, type RecordedQuotaEvent } from '../../src/quota/quota-book.ts';
import { decideQuota, type QuotaCircumstances } from '../../src/quota/quota.decider.ts';
import type { QuotaEvent, QuotaFact, QuotaRules, TotalKind } from '../../src/quota/quota.events.ts';
import { uuid } from '../examples.ts';

const PERIOD = '2017H1';
const CIRCUMSTANCES: QuotaCircumstances = {
  today: '2017-03-31',
  firstPeriod: null,
  openedIn: null,
  unknownMunicipalities: [],
  // One in twenty of the country lives in Tholen, the others in Etten-Leur.
  municipalities: {
    existingOn: () => ['GM0716', 'GM0777'],
    successor: (code) => code,
    inhabitants: () =>
      new Map([
        ['GM0716', 50],
        ['GM0777', 950],
      ]),
  },
};
const when = { period: PERIOD, occurredOn: '2016-09-29' };
const total = (persons: number, kind: TotalKind = 'FIXED', occurredOn = when.occurredOn): QuotaFact => ({
  type: 'NationalTotalPublished',
  data: { ...when, occurredOn, kind, persons, source: null },
});
const rules = (change: Partial<QuotaRules> = {}): QuotaFact => ({
  type: 'QuotaRulesSet',
  data: { ...when, rounding: 'UP', inhabitantsOn: '2016-01-01', onTrackPercent: 5, reason: null, ...change },
});
const exemption = (municipality: string): QuotaFact => ({
  type: 'QuotaExempted',
  data: { ...when, municipality, reason: 'It hosts a reception centre' },
});
const transfer = (from: string, to: string, persons = 3): QuotaFact => ({
  type: 'QuotaTransferred',
  data: { ...when, from, to, persons, reason: null },
});
const opening: QuotaFact = { type: 'OpeningBalancesSet', data: { ...when, arrears: { GM0716: 17 }, source: null } };
const eventId = (revision: number): string => uuid('quota', revision);
const retraction = (revision: number): QuotaEvent => ({
  type: 'QuotaFactRetracted',
  data: { period: PERIOD, eventId: eventId(revision), reason: 'A mistake' },
});

function recorded(events: readonly QuotaEvent[]): readonly RecordedQuotaEvent[] {
  return events.map((event, revision) => ({ ...event, id: eventId(revision), revision }));
}

/** `given(what was recorded).record(fact) | retract(revision)`, then what was decided. */
function given(...events: readonly QuotaEvent[]) {
  const before = recorded(events);
  const decided = (of: (circumstances: QuotaCircumstances) => ReturnType<typeof decideQuota>) => ({
    amid(circumstances: Partial<QuotaCircumstances>) {
      return thens(of({ ...CIRCUMSTANCES, ...circumstances }));
    },
    ...thens(of(CIRCUMSTANCES)),
  });
  return {
    record: (fact: QuotaFact) =>
      decided((circumstances) => decideQuota({ do: 'record', fact, ...circumstances }, before)),
    retract: (revision: number) => {
      const retracting = { do: 'retract', period: PERIOD, eventId: eventId(revision), reason: 'A mistake' } as const;
      return decided((circumstances) => decideQuota({ ...retracting, ...circumstances }, before));
    },
  };
}

function thens(decision: ReturnType<typeof decideQuota>) {
  return {
    thenRecorded: (...events: readonly QuotaEvent[]) => expect(decision).toEqual(events),
    thenNothing: () => expect(decision).toEqual([]),
    thenRefused: (refused: string, ...inTheWay: readonly string[]) => {
      expect(isRefusal(decision)).toBe(true);
      expect(decision).toMatchObject({ refused, inTheWay });
    },
  };
}

const factsOf = (...events: readonly QuotaEvent[]) => periodFacts(PERIOD, recorded(events));

describe('a total', () => {
  it('is kept beside those before it', () => {
    given(total(19_000, 'FORECAST')).record(total(13_000)).thenRecorded(total(13_000));
    expect(factsOf(total(19_000, 'FORECAST'), total(13_000)).totals.map(({ persons }) => persons)).toEqual([
      19_000, 13_000,
    ]);
  });
  it('that says what the last of its kind says is nothing new, whatever was said of other kinds since', () =>
    given(total(13_000), total(9_000, 'POLITICAL_TARGET')).record(total(13_000)).thenNothing());
  it('goes back to an earlier number by being published again', () =>
    given(total(13_000), total(12_000)).record(total(13_000)).thenRecorded(total(13_000)));
  it('is not published tomorrow', () =>
    given()
      .record(total(13_000, 'FIXED', '2017-04-01'))
      .thenRefused('QUOTA_PUBLISHED_IN_FUTURE', '2017-03-31'));
  it('obliges by its firmness, not by its order; a political target obliges nobody', () => {
    const all = factsOf(
      total(8_000, 'POLITICAL_TARGET'),
      total(6_000, 'REVISED'),
      total(10_000),
      total(19_000, 'FORECAST'),
    );
    expect([all.statutoryTotal?.persons, all.politicalTarget?.persons]).toEqual([6_000, 8_000]);
  });
  it('of one kind is superseded by what was published later, in whichever order it was recorded', () =>
    expect(
      factsOf(total(12_000, 'FIXED', '2016-10-02'), total(13_000, 'FIXED', '2016-09-29')).statutoryTotal?.persons,
    ).toBe(12_000));
});

describe('the rules of a half-year', () => {
  it('are rounding up, inhabitants of the first of January a year before, and five percent, unless set', () => {
    expect(factsOf().rules).toEqual({ rounding: 'UP', inhabitantsOn: '2016-01-01', onTrackPercent: 5 });
    expect(factsOf(rules({ rounding: 'NEAREST' }), rules({ onTrackPercent: 10 })).rules).toEqual({
      rounding: 'UP',
      inhabitantsOn: '2016-01-01',
      onTrackPercent: 10,
    });
  });
});

describe('opening balances', () => {
  it('are those of the first half-year', () => given().record(opening).thenRecorded(opening));
  it('may come after what else was published of that half-year', () =>
    given(total(13_000)).record(opening).amid({ firstPeriod: PERIOD }).thenRecorded(opening));
  it('are refused where the ledger begins earlier', () =>
    given().record(opening).amid({ firstPeriod: '2016H2' }).thenRefused('QUOTA_NOT_THE_FIRST_PERIOD', '2016H2'));
  it('are refused before a half-year that has some: they would be counted twice', () =>
    given()
      .record(opening)
      .amid({ firstPeriod: '2017H2', openedIn: '2017H2' })
      .thenRefused('QUOTA_BEFORE_THE_FIRST_PERIOD', '2017H2'));
  it('leave no room for facts of earlier half-years', () =>
    given()
      .record(total(13_000))
      .amid({ firstPeriod: '2017H2', openedIn: '2017H2' })
      .thenRefused('QUOTA_BEFORE_THE_FIRST_PERIOD', '2017H2'));
});

describe('a fact about municipalities', () => {
  it('names those that exist in its half-year', () =>
    given()
      .record(exemption('GM9999'))
      .amid({ unknownMunicipalities: ['GM9999'] })
      .thenRefused('QUOTA_MUNICIPALITY_UNKNOWN', 'GM9999'));
  it('transfers between two', () => {
    given().record(transfer('GM0716', 'GM0716')).thenRefused('QUOTA_TRANSFER_TO_ITSELF', 'GM0716');
    given().record(transfer('GM0716', 'GM0777')).thenRecorded(transfer('GM0716', 'GM0777'));
  });
});

describe('a transfer of quota', () => {
  const [there, back] = [transfer('GM0716', 'GM0777'), transfer('GM0777', 'GM0716')];
  const official: QuotaFact = {
    type: 'OfficialQuotasPublished',
    data: { ...when, persons: { GM0716: 5 }, source: null },
  };

  it('is a fact of its own, however alike another is', () => {
    given(there).record(there).thenRecorded(there);
    given(there, back).record(there).thenRecorded(there);
    expect(factsOf(there, there).transfers).toHaveLength(2);
  });
  it('is at most what the giving municipality has by then: computed, official, or handed to it', () => {
    given(total(100))
      .record(transfer('GM0716', 'GM0777', 5))
      .thenRecorded(transfer('GM0716', 'GM0777', 5));
    given(total(100))
      .record(transfer('GM0716', 'GM0777', 6))
      .thenRefused('QUOTA_TRANSFER_TOO_LARGE', 'GM0716', '5');
    given(official, there).record(there).thenRefused('QUOTA_TRANSFER_TOO_LARGE', 'GM0716', '2');
    given(official, there, back).record(there).thenRecorded(there);
  });
  it('is not possible from who is exempt', () =>
    given(exemption('GM0716')).record(there).thenRefused('QUOTA_TRANSFER_TOO_LARGE', 'GM0716', '0'));
  it('has no bound where no quota is known', () =>
    given()
      .record(transfer('GM0716', 'GM0777', 9_000))
      .thenRecorded(transfer('GM0716', 'GM0777', 9_000)));
  it('does not come back where it would be too much by now', () =>
    given(official, there, retraction(1), there).retract(2).thenRefused('QUOTA_TRANSFER_TOO_LARGE', 'GM0716', '2'));
});

describe('a retraction', () => {
  it('takes back what was recorded, and what stood before it stands again', () => {
    given(total(13_000), total(12_000)).retract(1).thenRecorded(retraction(1));
    const { statutoryTotal, totals } = factsOf(total(13_000), total(12_000), retraction(1));
    expect([statutoryTotal?.persons, totals.length]).toEqual([13_000, 1]);
  });
  it('of what was taken back is nothing to do', () => given(total(13_000), retraction(0)).retract(0).thenNothing());
  it('of what was never recorded here is refused', () =>
    given(total(13_000)).retract(7).thenRefused('QUOTA_FACT_UNKNOWN', eventId(7)));
  it('can be taken back itself', () => {
    given(total(13_000), retraction(0)).retract(1).thenRecorded(retraction(1));
    expect(factsOf(total(13_000), retraction(0), retraction(1)).statutoryTotal?.persons).toBe(13_000);
  });
  it('stays where what it took back cannot be any more', () =>
    given(opening, retraction(0))
      .retract(1)
      .amid({ firstPeriod: '2016H2' })
      .thenRefused('QUOTA_NOT_THE_FIRST_PERIOD', '2016H2'));
});
