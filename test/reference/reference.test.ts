import { describe, expect, it } from '@jest/globals';
import { isRefusal } from '../../src/event-sourcing/decider.ts';
import type { JsonObject, RecordedEvent } from '../../src/event-sourcing/event.ts';
import { decideReference, referenceDecider, type ReferenceCommand } from '../../src/reference/reference.decider.ts';
import { derivedId } from '../../src/event-sourcing/transact.ts';
import type { NormTerms, ReferenceEvent } from '../../src/reference/reference.events.ts';
import {
  DEFAULT_COUNTING_RULES,
  DEFAULT_NORM_TERMS,
  defaultReferenceEvents,
  NoRuleInForce,
  referenceOf,
} from '../../src/reference/reference.ts';
import { defaultReference, metadata, uuid } from '../examples.ts';

const { validFrom: _since, ...TERMS } = DEFAULT_NORM_TERMS;

function stored(stream: string, ...events: readonly ReferenceEvent[]): readonly RecordedEvent[] {
  return events.map((event, revision) => ({
    id: uuid(stream, revision),
    stream,
    revision,
    position: String(revision),
    hash: '',
    type: event.type,
    data: event.data as unknown as JsonObject,
    metadata: metadata('2017-01-01T00:00:00.000Z', uuid('command', revision)),
  }));
}
const terms = (validFrom: string, change: Partial<NormTerms> = {}): ReferenceEvent => ({
  type: 'NormTermsSet',
  data: { ...TERMS, ...change, validFrom },
});
const setting = (change: Partial<NormTerms>, validFrom = '2018-01-01'): ReferenceCommand => ({
  do: 'setNormTerms',
  validFrom,
  terms: { ...TERMS, ...change },
});

describe('the defaults', () => {
  it('are fourteen weeks: two, ten and two', () => {
    const { linkDays, homeDays, moveDays, wholeDays } = defaultReference().normTerms('2017-02-23');
    expect([linkDays, homeDays, moveDays, wholeDays]).toEqual([14, 70, 14, 98]);
  });
  it('hold for every date', () => {
    expect(defaultReference().normTerms('1950-01-01')).toEqual(DEFAULT_NORM_TERMS);
    expect(defaultReference().countingRules('2017-02-23')).toEqual(DEFAULT_COUNTING_RULES);
  });
  it('are the same events in every log, each in a stream of its own, known since 1900', () => {
    const firsts = defaultReferenceEvents();
    expect(new Set(firsts.map(({ event }) => event.metadata.recordedAt))).toEqual(
      new Set(['1900-01-01T00:00:00.000Z']),
    );
    expect(new Set(firsts.map(({ stream }) => stream)).size).toBe(firsts.length);
    const ids = firsts.map(({ event }) => event.id);
    expect(ids.slice(0, 3)).toEqual([
      '2f6d1c1e-6c0b-4d0c-9a53-1d6f0f6b7a01',
      '2f6d1c1e-6c0b-4d0c-9a53-1d6f0f6b7a02',
      derivedId('defaults', 'reference-municipalities-2016'),
    ]);
  });
});

describe('rules', () => {
  const reference = referenceOf(
    stored('reference-norm-terms', terms('2018-01-01', { homeDays: 40 }), terms('2016-01-01', { homeDays: 50 })),
  );
  it('hold from their day on until the next ones', () => {
    const homeDays = ['2016-01-01', '2017-12-31', '2018-01-01', '2030-01-01'].map(
      (on) => reference.normTerms(on).homeDays,
    );
    expect(homeDays).toEqual([50, 50, 40, 40]);
  });
  it('do not hold before the first of them', () =>
    expect(() => reference.normTerms('2015-12-31')).toThrow(NoRuleInForce));
  it('are superseded by a later record for the same day', () => {
    const twice = stored('reference-norm-terms', terms('2016-01-01', { homeDays: 50 }), terms('2016-01-01'));
    expect(referenceOf(twice).normTermSets).toEqual([{ ...TERMS, validFrom: '2016-01-01' }]);
  });
  it('are listed by the day they hold from', () =>
    expect(reference.normTermSets.map((set) => set.validFrom)).toEqual(['2016-01-01', '2018-01-01']));
});

describe('setting rules', () => {
  const decided = (command: ReferenceCommand, ...before: readonly ReferenceEvent[]) => decideReference(command, before);
  it('records them', () => expect(decided(setting({ homeDays: 56 }))).toEqual([terms('2018-01-01', { homeDays: 56 })]));
  it('may reach into the past', () =>
    expect(decided(setting({}, '2010-01-01'), terms('1900-01-01'))).toEqual([terms('2010-01-01')]));
  it('as they are is nothing to do', () =>
    expect(decided(setting({}), terms('2018-01-01', { homeDays: 1 }), terms('2018-01-01'))).toEqual([]));
  it('back to what they were is something to do', () =>
    expect(decided(setting({}), terms('2018-01-01'), terms('2018-01-01', { homeDays: 1 }))).toHaveLength(1));
  it('takes terms of a day or more', () =>
    expect(decided(setting({ linkDays: 0, moveDays: 1.5 }))).toMatchObject({
      refused: 'NOT_POSITIVE',
      inTheWay: ['linkDays', 'moveDays'],
    }));
  it('takes maxima of nought or more, or none', () => {
    expect(decided(setting({ maximumExtensionDays: -1 }))).toMatchObject({ refused: 'NOT_A_MAXIMUM' });
    expect(isRefusal(decided(setting({ maximumExtensionDays: 0, maximumSuspensionDays: null })))).toBe(false);
  });
  it('takes a whole no shorter than its parts', () =>
    expect(decided(setting({ wholeDays: 60 }))).toMatchObject({
      refused: 'WHOLE_SHORTER_THAN_PART',
      inTheWay: ['homeDays'],
    }));
  it('for counting records them in one order, so that the same is the same', () => {
    const { validFrom: _from, ...rules } = DEFAULT_COUNTING_RULES;
    const command = (countedHousing: typeof rules.countedHousing): ReferenceCommand => ({
      do: 'setCountingRules',
      validFrom: '2018-01-01',
      rules: { ...rules, countedHousing },
    });
    const first = decided(command(['REGULAR', 'HOST_STAY']));
    expect(first).toHaveLength(1);
    expect(decided(command(['HOST_STAY', 'REGULAR']), ...(isRefusal(first) ? [] : first))).toEqual([]);
  });
  it('builds on what the log holds', () => {
    const [event] = stored('reference-norm-terms', terms('2018-01-01'));
    expect(referenceDecider.decide(setting({}), referenceDecider.evolve(referenceDecider.initial, event!))).toEqual([]);
  });
});

describe('municipalities', () => {
  const reference = defaultReference();
  const sum = (figures: ReadonlyMap<string, number> | undefined, codes: readonly string[]) =>
    codes.reduce((total, code) => total + figures!.get(code)!, 0);
  const codesOn = (date: string) => reference.municipalitiesOn(date).map(({ code }) => code);

  it('are 390 in 2016, 388 in 2017 and 342 in 2023', () => {
    expect(
      ['2015-06-01', '2016-12-31', '2017-01-01', '2022-12-31', '2023-01-01'].map((day) => codesOn(day).length),
    ).toEqual([390, 390, 388, 388, 342]);
  });

  it('add up to the country, within the borders of any year', () => {
    const of2016 = reference.inhabitants('2016-01-01');
    expect([sum(of2016, codesOn('2016-01-01')), sum(of2016, codesOn('2017-01-01'))]).toEqual([16_979_120, 16_979_120]);
    expect(sum(reference.inhabitants('2017-01-01'), codesOn('2017-01-01'))).toBe(17_081_507);
    expect(sum(reference.inhabitants('2022-01-01'), codesOn('2023-01-01'))).toBe(17_590_672);
    expect(reference.inhabitants('2015-01-01')).toBeUndefined();
  });

  it('go up in others: Schijndel, Sint-Oedenrode and Veghel are Meierijstad since 2017', () => {
    const predecessors = ['GM0844', 'GM0846', 'GM0860'];
    expect(predecessors.map((code) => reference.successorOf(code, '2017-01-01'))).toEqual([
      'GM1948',
      'GM1948',
      'GM1948',
    ]);
    expect(predecessors.map((code) => reference.successorOf(code, '2016-12-31'))).toEqual(predecessors);
    expect(codesOn('2016-12-31')).toEqual(expect.arrayContaining(predecessors));
    expect(codesOn('2017-01-01')).not.toContain('GM0844');
    expect(codesOn('2016-12-31')).not.toContain('GM1948');
  });

  it('have names that were read as they were written', () => {
    expect(reference.municipality('GM1900')?.name).toBe('Súdwest-Fryslân');
    for (const date of ['2016-01-01', '2017-01-01', '2023-01-01']) {
      for (const { name } of reference.municipalitiesOn(date)) expect(name).not.toMatch(/[ÃÂ]/);
    }
  });

  it('are known by their code, also when they are no more', () => {
    expect(reference.municipality('GM0860')).toEqual({ code: 'GM0860', name: 'Veghel', province: 'PV30' });
    expect(reference.municipality('GM9999')).toBeUndefined();
  });
});
