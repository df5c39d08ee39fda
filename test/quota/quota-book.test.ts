import { describe, expect, it } from '@jest/globals';
import type { JsonObject, RecordedEvent } from '../../src/event-sourcing/event.ts';
import { defaultRules, periodFacts, quotaBook, quotaEvents } from '../../src/quota/quota-book.ts';
import { quotaStream, TOTAL_KINDS, type QuotaEvent, type QuotaFact } from '../../src/quota/quota.events.ts';
import { metadata, uuid } from '../examples.ts';

const PERIOD = '2017H1';
const EARLY = '2016-09-29';
const LATE = '2017-02-01';
const id = (revision: number): string => uuid('quota', revision);

type Told<T extends QuotaFact['type']> = Omit<Extract<QuotaFact, { type: T }>['data'], 'period' | 'occurredOn'>;

function told<T extends QuotaFact['type']>(type: T, occurredOn: string, data: Told<T>): QuotaFact {
  return { type, data: { period: PERIOD, occurredOn, ...data } } as unknown as QuotaFact;
}
const total = (kind: (typeof TOTAL_KINDS)[number], persons: number, on = EARLY) =>
  told('NationalTotalPublished', on, { kind, persons, source: null });
const official = (persons: Readonly<Record<string, number>>, on = EARLY) =>
  told('OfficialQuotasPublished', on, { persons, source: null });
const exemption = (municipality: string, reason: string) => told('QuotaExempted', EARLY, { municipality, reason });
const transfer = (persons: number) =>
  told('QuotaTransferred', EARLY, { from: 'GM0716', to: 'GM0777', persons, reason: null });
const opening = (arrears: Readonly<Record<string, number>>, on = EARLY) =>
  told('OpeningBalancesSet', on, { arrears, source: null });
const retraction = (revision: number, period = PERIOD): QuotaEvent => ({
  type: 'QuotaFactRetracted',
  data: { period, eventId: id(revision), reason: 'A mistake' },
});

/** As they stand in the log; ids count on over all of them. */
function stored(...events: readonly QuotaEvent[]): readonly RecordedEvent[] {
  const revisions = new Map<string, number>();
  return events.map(({ type, data }, index) => {
    const stream = quotaStream(data.period);
    const revision = (revisions.get(stream) ?? -1) + 1;
    revisions.set(stream, revision);
    const own = { id: id(index), type, data: data as unknown as JsonObject };
    const recorded = { metadata: metadata('2017-02-23T09:00:00.000Z', uuid('command', index)), hash: '' };
    return { ...own, ...recorded, stream, revision, position: String(index + 1) };
  });
}

const factsOf = (...events: readonly QuotaEvent[]) => periodFacts(PERIOD, quotaEvents(stored(...events)));

describe('The total that obliges', () => {
  it.each([
    [['COMPUTED_NEED'], 'COMPUTED_NEED'],
    [['COMPUTED_NEED', 'FORECAST'], 'FORECAST'],
    [['FIXED', 'FORECAST', 'COMPUTED_NEED'], 'FIXED'],
    [['REVISED', 'FIXED', 'FORECAST'], 'REVISED'],
    [['POLITICAL_TARGET', 'FORECAST'], 'FORECAST'],
  ] as const)('of %j is the %s', (kinds, obliges) => {
    const facts = factsOf(...kinds.map((kind, index) => total(kind, 1_000 * (index + 1))));
    expect(facts.statutoryTotal?.kind).toBe(obliges);
    expect(facts.totals).toHaveLength(kinds.length);
  });

  it('is none where there is none, or only a political target', () => {
    expect(factsOf().statutoryTotal).toBeNull();
    const { statutoryTotal, politicalTarget } = factsOf(total('POLITICAL_TARGET', 8_000));
    expect([statutoryTotal, politicalTarget?.persons]).toEqual([null, 8_000]);
  });

  it('of two of a kind is the one published last; of one day, the one recorded last', () => {
    expect(factsOf(total('FIXED', 2, LATE), total('FIXED', 1, EARLY)).statutoryTotal?.persons).toBe(2);
    expect(factsOf(total('FIXED', 2), total('FIXED', 1)).statutoryTotal?.persons).toBe(1);
  });

  it('is again the less firm one when the firmer is retracted, and then none', () => {
    const all = [total('FORECAST', 14_000), total('FIXED', 13_000)];
    const of = (...more: readonly QuotaEvent[]) => factsOf(...all, ...more).statutoryTotal?.persons;
    expect([of(), of(retraction(1)), of(retraction(1), retraction(0))]).toEqual([13_000, 14_000, undefined]);
  });
});

describe('Official quotas', () => {
  it('supersede those of the same municipality that were published before, and leave the others', () => {
    const { official: quotas } = factsOf(
      official({ GM0716: 25, GM0777: 41 }, LATE),
      official({ GM0716: 20, GM0855: 160 }, EARLY),
    );
    expect(Object.fromEntries(quotas)).toEqual({ GM0716: 25, GM0777: 41, GM0855: 160 });
  });

  it('that are retracted bring back what stood before', () => {
    const events = [official({ GM0716: 20 }), official({ GM0716: 25, GM0777: 41 }, LATE), retraction(1)];
    expect(Object.fromEntries(factsOf(...events).official)).toEqual({ GM0716: 20 });
  });
});

describe('What else is known of a half-year', () => {
  it('is by rule until it is set, and by rule again when that is retracted', () => {
    const rules = { rounding: 'NEAREST', inhabitantsOn: '2015-01-01', onTrackPercent: 10 } as const;
    const set = told('QuotaRulesSet', EARLY, { ...rules, reason: 'As published' });
    expect(factsOf(set).rules).toEqual(rules);
    expect(factsOf(set, retraction(0)).rules).toEqual(defaultRules(PERIOD));
  });

  it('exempts a municipality for the reason that was given last', () => {
    const both = [exemption('GM0716', 'It hosts a centre'), exemption('GM0716', 'It hosts two centres')];
    expect([...factsOf(...both).exempt]).toEqual([['GM0716', 'It hosts two centres']]);
    expect([...factsOf(...both, retraction(1)).exempt]).toEqual([['GM0716', 'It hosts a centre']]);
  });

  it('adds up transfers: two agreements of the same two are two', () => {
    const persons = (...events: readonly QuotaEvent[]) => factsOf(...events).transfers.map((one) => one.persons);
    expect(persons(transfer(3), transfer(4))).toEqual([3, 4]);
    expect(persons(transfer(3), transfer(4), retraction(0))).toEqual([4]);
  });

  it('begins with the last opening balance of each municipality', () => {
    const both = [opening({ GM0716: 7, GM0777: -2 }), opening({ GM0716: 9 }, LATE)];
    expect(Object.fromEntries(factsOf(...both).openingArrears)).toEqual({ GM0716: 9, GM0777: -2 });
    expect(Object.fromEntries(factsOf(...both, retraction(1)).openingArrears)).toEqual({ GM0716: 7, GM0777: -2 });
  });

  it('has the revision of the last event, also where that took everything back', () => {
    expect([factsOf().revision, factsOf(total('FIXED', 1), retraction(0)).revision]).toEqual([-1, 1]);
  });
});

describe('The quota book', () => {
  const in2016 = { ...total('FIXED', 23_000), data: { ...total('FIXED', 23_000).data, period: '2016H2' } } as QuotaFact;

  it('holds half-years in their order, in whichever order they were recorded', () => {
    const book = quotaBook(stored(total('FIXED', 13_000), in2016));
    expect([...book].map(([period, facts]) => [period, facts.statutoryTotal?.persons])).toEqual([
      ['2016H2', 23_000],
      ['2017H1', 13_000],
    ]);
  });

  it('holds no half-year of which all was retracted, until the retraction is', () => {
    const periods = (...events: readonly QuotaEvent[]) => [...quotaBook(stored(...events)).keys()];
    const events = [in2016, total('FIXED', 13_000), retraction(0, '2016H2')];
    expect(periods(...events)).toEqual(['2017H1']);
    expect(periods(...events, retraction(2, '2016H2'))).toEqual(['2016H2', '2017H1']);
  });
});
