import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RecordedEvent } from '../../src/event-sourcing/event.ts';
import type { Municipalities } from '../../src/quota/allocation.ts';
import { ledgers, progress, together, type Realised } from '../../src/quota/ledger.ts';
import { quotaBook } from '../../src/quota/quota-book.ts';
import { quotaStream, type QuotaFact } from '../../src/quota/quota.events.ts';
import { completedMonths, endOf, monthsOf, nextPeriod, periodOf, startOf } from '../../src/quota/quota-period.ts';
import { metadata, uuid } from '../examples.ts';

/** Three places; B and C become D on 1 January 2017. */
const PLACES: Municipalities = {
  existingOn: (date) => (date < '2017-01-01' ? ['A', 'B', 'C'] : ['A', 'D']),
  successor: (code, date) => (date >= '2017-01-01' && (code === 'B' || code === 'C') ? 'D' : code),
  inhabitants: (date) =>
    date === '2015-01-01'
      ? undefined
      : new Map([
          ['A', 500],
          ['B', 300],
          ['C', 200],
          ['D', 500],
        ]),
};

function stored(...facts: readonly QuotaFact[]): readonly RecordedEvent[] {
  return facts.map((fact, index) => ({
    id: uuid('quota', index),
    stream: quotaStream(fact.data.period),
    revision: index,
    position: String(index),
    hash: '',
    type: fact.type,
    data: fact.data as never,
    metadata: metadata('2016-01-01T00:00:00.000Z', uuid('command', index)),
  }));
}

const total = (period: string, persons: number, kind: 'FIXED' | 'REVISED' | 'FORECAST' = 'FIXED'): QuotaFact => ({
  type: 'NationalTotalPublished',
  data: { period, occurredOn: '2016-01-01', kind, persons, source: null },
});
const opening = (period: string, arrears: Record<string, number>): QuotaFact => ({
  type: 'OpeningBalancesSet',
  data: { period, occurredOn: '2016-01-01', arrears, source: null },
});
const basis = (period: string): QuotaFact => ({
  type: 'QuotaRulesSet',
  data: {
    period,
    occurredOn: '2016-01-01',
    rounding: 'UP',
    inhabitantsOn: '2016-01-01',
    onTrackPercent: 5,
    reason: null,
  },
});
const housed = (municipality: string, month: string, persons: number): Realised => ({ municipality, month, persons });

function standings(
  period: string,
  facts: readonly QuotaFact[],
  realised: readonly Realised[] = [],
  asOf = '2017-12-31',
) {
  const all = ledgers(quotaBook(stored(...facts)), period, { municipalities: PLACES, realised, asOf });
  return all.at(-1)!;
}
const rows = (...of: Parameters<typeof standings>) =>
  standings(...of).municipalities.map(
    ({ municipality, quota, arrears, advance, realised, balance }) =>
      `${municipality} ${quota} +${arrears} -${advance} =${realised} ${balance}`,
  );

describe('a half-year', () => {
  it('has six months, a first and a last day', () => {
    expect([startOf('2016H2'), endOf('2016H2'), nextPeriod('2016H2')]).toEqual(['2016-07-01', '2016-12-31', '2017H1']);
    expect(monthsOf('2017H1')).toEqual(['2017-01', '2017-02', '2017-03', '2017-04', '2017-05', '2017-06']);
    expect(['2017-06-30', '2017-07-01'].map(periodOf)).toEqual(['2017H1', '2017H2']);
  });

  it('counts a month as over at the end of its last day', () => {
    const days = ['2016-12-31', '2017-01-30', '2017-01-31', '2017-02-28', '2017-06-30', '2018-01-01'];
    expect(days.map((day) => completedMonths('2017H1', day))).toEqual([0, 0, 1, 2, 6, 6]);
  });
});

describe('the ledger', () => {
  it('carries arrears over, and an advance off, from half-year to half-year', () => {
    const facts = [basis('2016H1'), total('2016H1', 100), basis('2016H2'), total('2016H2', 100)];
    const realised = [housed('A', '2016-03', 60), housed('B', '2016-03', 20), housed('C', '2016-06', 20)];
    expect(rows('2016H2', facts, realised)).toEqual(['A 50 +0 -10 =0 40', 'B 30 +10 -0 =0 40', 'C 20 +0 -0 =0 20']);
  });

  it('goes on through a half-year of which nothing is known', () => {
    const facts = [basis('2016H1'), total('2016H1', 10), basis('2017H1'), total('2017H1', 10)];
    expect(rows('2017H1', facts)).toEqual(['A 5 +5 -0 =0 10', 'D 5 +5 -0 =0 10']);
  });

  it('begins with the first half-year of which something stands', () => {
    const mistaken: QuotaFact = total('2015H1', 10);
    const retraction = {
      type: 'QuotaFactRetracted',
      data: { period: '2015H1', eventId: uuid('quota', 0), reason: '' },
    };
    const [first] = stored(mistaken);
    const book = quotaBook([
      first!,
      { ...first!, ...retraction, id: uuid('retraction'), revision: 1 },
      ...stored(total('2017H1', 10)),
    ]);
    expect([...book.keys()]).toEqual(['2017H1']);
  });

  it('begins with opening balances: of what stands earlier nothing is carried over, in whichever order both came', () => {
    const begun = [opening('2017H1', { A: 3 }), basis('2017H1'), total('2017H1', 10)];
    const earlier = [basis('2016H1'), total('2016H1', 100)];
    const realised = [housed('A', '2016-03', 60), housed('A', '2017-01', 1)];
    const expected = ['A 5 +3 -0 =1 7', 'D 5 +0 -0 =0 5'];
    for (const facts of [begun, [...begun, ...earlier], [...earlier, ...begun]]) {
      expect(rows('2017H1', facts, realised)).toEqual(expected);
      expect(standings('2017H1', facts, realised).national).toMatchObject({ arrears: 3, balance: 12 });
    }
    expect(rows('2016H1', [...begun, ...earlier], realised)[0]).toBe('A 50 +0 -0 =60 -10');
    const again = [...earlier, opening('2016H1', { A: 99 }), ...begun];
    expect(rows('2017H1', again, realised)).toEqual(expected);
  });

  it('hands balances to the successor, and counts for it what is recorded for a predecessor', () => {
    const facts = [opening('2016H2', { A: 1, B: -3, C: 5 }), basis('2017H1'), total('2017H1', 10)];
    const realised = [housed('B', '2016-12', 1), housed('B', '2017-01', 2)];
    expect(rows('2017H1', facts, realised)).toEqual(['A 5 +1 -0 =0 6', 'D 5 +1 -0 =2 4']);
  });

  it('goes by the last of the firmest totals', () => {
    const facts = [
      basis('2017H1'),
      total('2017H1', 8, 'REVISED'),
      total('2017H1', 10),
      total('2017H1', 20, 'FORECAST'),
    ];
    expect(standings('2017H1', facts).national.statutoryTotal).toBe(8);
  });

  it('prefers official quotas to computed ones, exempts, and transfers without changing the sum', () => {
    const when = { period: '2016H1', occurredOn: '2016-01-01' };
    const facts: QuotaFact[] = [
      basis('2016H1'),
      total('2016H1', 101),
      { type: 'OfficialQuotasPublished', data: { ...when, persons: { B: 40 }, source: null } },
      { type: 'QuotaExempted', data: { ...when, municipality: 'C', reason: 'It hosts a reception centre' } },
      { type: 'QuotaTransferred', data: { ...when, from: 'A', to: 'B', persons: 6, reason: null } },
    ];
    const { municipalities, national } = standings('2016H1', facts);
    expect(municipalities.map(({ quota, origin }) => [quota, origin])).toEqual([
      [45, 'COMPUTED'],
      [46, 'OFFICIAL'],
      [0, 'EXEMPT'],
    ]);
    expect(national.quota).toBe(101);
  });

  it('says which inhabitants are missing, and goes on with what it has', () => {
    const ledger = standings('2016H1', [total('2016H1', 100), opening('2016H1', { A: 7 })]);
    expect(ledger.inhabitantsMissing).toBe('2015-01-01');
    expect(ledger.municipalities.find(({ municipality }) => municipality === 'A')).toMatchObject({
      quota: 0,
      arrears: 7,
      origin: 'NONE',
    });
  });

  it('says how many a month the country needs in the months that are left', () => {
    const facts = [basis('2017H1'), total('2017H1', 13_000), opening('2017H1', { A: 6_082 })];
    expect(standings('2017H1', facts, [], '2016-12-31').national).toMatchObject({
      correctedQuota: 19_082,
      neededAMonth: 3_180,
    });
    expect(standings('2017H1', facts, [], '2017-06-30').national.neededAMonth).toBeNull();
  });
});

describe('pace', () => {
  it('is on track within five percent of the corrected quota, ahead and behind beyond', () => {
    const paces = [44, 45, 55, 56].map((realised) => progress(100, [realised, 0, 0, 0, 0, 0], 3, 5).pace);
    expect(paces).toEqual(['BEHIND', 'ON_TRACK', 'ON_TRACK', 'AHEAD']);
  });
  it('looks only at months that are over', () => {
    expect(progress(60, [10, 10, 99, 0, 0, 0], 2, 5)).toMatchObject({ expected: 20, realised: 20, pace: 'ON_TRACK' });
  });
  it('is not told where no quota is known: nobody is ahead of nothing', () => {
    const realised = [housed('A', '2017-01', 9)];
    const { municipalities, national } = standings('2017H1', [opening('2016H2', { A: 1 })], realised);
    expect(municipalities.map(({ pace }) => pace.pace)).toEqual([null, null]);
    expect([national.statutoryTotal, national.pace.pace, national.neededAMonth]).toEqual([null, null, null]);
    expect(standings('2017H1', [basis('2017H1'), total('2017H1', 9)], realised).national.pace.pace).toBe('ON_TRACK');
  });
  it('is on track where nothing is to be done', () => {
    expect(progress(0, [0, 0, 0, 0, 0, 0], 3, 5).pace).toBe('ON_TRACK');
  });
});

const anyRealised = fc.array(
  fc.record({
    municipality: fc.constantFrom('A', 'B', 'C', 'D'),
    month: fc.constantFrom(...['2016H1', '2016H2', '2017H1'].flatMap(monthsOf)),
    persons: fc.nat(50),
  }),
  { maxLength: 20 },
);
const anyFacts = fc.record({
  first: fc.nat(900),
  second: fc.nat(900),
  third: fc.nat(900),
  a: fc.integer({ min: -50, max: 50 }),
});

describe('any ledger', () => {
  it('says the same of a half-year with opening balances, and after it, whatever stands or was realised before', () =>
    fc.assert(
      fc.property(anyFacts, anyRealised, fc.boolean(), ({ first, second, third, a }, realised, isFirst) => {
        const begun = [opening('2016H2', { A: a, B: 1 }), basis('2016H2'), total('2016H2', second)];
        const later = [basis('2017H1'), total('2017H1', third)];
        const earlier = [basis('2016H1'), total('2016H1', first), opening('2016H1', { C: a })];
        const since = realised.filter(({ month }) => month > '2016-06');
        const all = isFirst ? [...earlier, ...begun, ...later] : [...begun, ...later, ...earlier];
        for (const period of ['2016H2', '2017H1']) {
          const { facts: _, ...figures } = standings(period, all, realised);
          const { facts: __, ...alone } = standings(period, [...begun, ...later], since);
          expect(figures).toEqual(alone);
        }
      }),
    ));

  it('closes over the municipalities: what was to be done less what was done is what is left', () =>
    fc.assert(
      fc.property(anyFacts, anyRealised, ({ first, second, third, a }, realised) => {
        const facts = [
          ...[basis('2016H1'), total('2016H1', first), opening('2016H1', { A: a })],
          ...[basis('2016H2'), total('2016H2', second), basis('2017H1'), total('2017H1', third)],
        ];
        const all = ledgers(quotaBook(stored(...facts)), '2017H1', {
          municipalities: PLACES,
          realised,
          asOf: '2017-06-30',
        });
        const quotas = all.reduce((sum, { municipalities }) => sum + together(municipalities).quota, 0);
        const persons = realised.reduce((sum, one) => sum + one.persons, 0);
        const last = all.at(-1)!;
        expect(together(last.municipalities).balance).toBe(a + quotas - persons);
        expect(last.national.balance).toBe(a + first + second + third - persons);
        for (const { byMonth, balance } of last.municipalities) expect(byMonth.at(-1)!.toGo).toBe(balance);
      }),
    ));

  it('moves by a late person only where and from when the person counts', () =>
    fc.assert(
      fc.property(anyRealised, fc.constantFrom('A', 'B', 'C'), (realised, municipality) => {
        const facts = [basis('2016H1'), total('2016H1', 100), basis('2016H2'), total('2016H2', 100)];
        const late = [...realised, housed(municipality, '2016-08', 1)];
        const before = standings('2016H2', facts, realised).municipalities;
        const after = standings('2016H2', facts, late).municipalities;
        for (const standing of after) {
          const same = before.find((one) => one.municipality === standing.municipality)!;
          expect(standing.balance).toBe(same.balance - (standing.municipality === municipality ? 1 : 0));
        }
        const firstHalf = (all: readonly Realised[]) => standings('2016H1', facts, all);
        expect(firstHalf(late)).toEqual(firstHalf(realised));
      }),
    ));
});
