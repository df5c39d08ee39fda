import { describe, expect, it } from '@jest/globals';
import { isRefusal } from '../../src/event-sourcing/decider.ts';
import type { JsonObject, RecordedEvent } from '../../src/event-sourcing/event.ts';
import { decideReference, referenceDecider, type ReferenceCommand } from '../../src/reference/reference.decider.ts';
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
  it('are the same events in every log', () => {
    expect(defaultReferenceEvents()).toEqual(defaultReferenceEvents());
    expect(defaultReferenceEvents().map(({ event }) => event.metadata.recordedAt)).toEqual([
      '1900-01-01T00:00:00.000Z',
      '1900-01-01T00:00:00.000Z',
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
