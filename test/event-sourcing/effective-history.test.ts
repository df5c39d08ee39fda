import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { amendments, effectiveHistory, type AmendmentRules } from '../../src/event-sourcing/effective-history.ts';

interface Said {
  readonly on: string;
  readonly step: number;
  readonly what: string;
}
interface Event {
  readonly id: string;
  readonly revision: number;
  readonly said: Said | null;
  readonly retracts: string | null;
  readonly corrects: string | null;
}

const RULES: AmendmentRules<Event, Said> = {
  factOf: (event) => event.said,
  retracts: (event) => event.retracts,
  corrects: (event) => event.corrects,
  occurredOn: (said) => said.on,
  step: (said) => said.step,
};

type Entry = Partial<Pick<Event, 'said' | 'retracts' | 'corrects'>>;

function stream(...entries: readonly Entry[]): readonly Event[] {
  return entries.map((entry, revision) => ({
    id: `e${revision}`,
    revision,
    said: null,
    retracts: null,
    corrects: null,
    ...entry,
  }));
}

const says = (what: string, on: string, step = 0): Entry => ({ said: { on, step, what } });
const retracts = (revision: number): Entry => ({ retracts: `e${revision}` });
const corrects = (revision: number, what: string, on: string, step = 0): Entry => ({
  corrects: `e${revision}`,
  said: { on, step, what },
});
const told = (...entries: readonly Entry[]): readonly string[] =>
  effectiveHistory(stream(...entries), RULES).map(({ fact }) => fact.what);

describe('the effective history', () => {
  it('is empty without events', () => expect(told()).toEqual([]));
  it('is ordered by business date', () =>
    expect(told(says('c', '03'), says('a', '01'), says('b', '02'))).toEqual(['a', 'b', 'c']));
  it('is ordered by step on one day', () =>
    expect(told(says('c', '01', 9), says('a', '01', 1), says('b', '01', 4))).toEqual(['a', 'b', 'c']));
  it('is ordered by revision within one step', () =>
    expect(told(says('a', '01', 1), says('b', '01', 1), says('c', '01', 1))).toEqual(['a', 'b', 'c']));
  it('leaves out what is retracted', () => expect(told(says('a', '01'), says('b', '02'), retracts(0))).toEqual(['b']));
  it('takes up again what was retracted when the retraction is retracted', () =>
    expect(told(says('a', '01'), retracts(0), retracts(1))).toEqual(['a']));
  it('leaves it out when the retraction of the retraction is retracted', () =>
    expect(told(says('a', '01'), retracts(0), retracts(1), retracts(2))).toEqual([]));
  it('leaves it out while one of two retractions stands', () =>
    expect(told(says('a', '01'), retracts(0), retracts(0), retracts(1))).toEqual([]));
  it('puts a correction in the place of what it corrects', () =>
    expect(told(says('a', '01'), says('b', '01'), corrects(0, 'A', '01'))).toEqual(['A', 'b']));
  it('moves a fact whose date is corrected', () =>
    expect(told(says('a', '01'), says('b', '02'), corrects(0, 'A', '03'))).toEqual(['b', 'A']));
  it('takes the last of two corrections', () =>
    expect(told(says('a', '01'), corrects(0, 'A', '01'), corrects(0, 'B', '01'))).toEqual(['B']));
  it('takes the correction of a correction', () =>
    expect(told(says('a', '01'), corrects(0, 'A', '01'), corrects(1, 'B', '01'))).toEqual(['B']));
  it('goes back to the earlier correction when the later one is retracted', () =>
    expect(told(says('a', '01'), corrects(0, 'A', '01'), corrects(0, 'B', '01'), retracts(2))).toEqual(['A']));
  it('goes back to the original when its correction is retracted', () =>
    expect(told(says('a', '01'), corrects(0, 'A', '01'), retracts(1))).toEqual(['a']));
  it('leaves out a retracted fact with its corrections', () =>
    expect(told(says('a', '01'), corrects(0, 'A', '01'), retracts(0))).toEqual([]));
  it('does not mind a retraction of itself, of something later, or of nothing', () =>
    expect(told(says('a', '01'), retracts(1), retracts(3), says('b', '02'), retracts(9))).toEqual(['a', 'b']));
  it('does not mind a correction of itself, of something later, or of a retraction', () =>
    expect(
      told(
        says('a', '01'),
        corrects(1, 'x', '01'),
        corrects(3, 'y', '01'),
        says('b', '02'),
        retracts(3),
        corrects(4, 'z', '01'),
      ),
    ).toEqual(['a']));
  it('names a fact by the event that first stated it', () => {
    const [only] = effectiveHistory(stream(says('a', '01'), corrects(0, 'A', '01')), RULES);
    expect([only?.original.id, only?.statedBy.id]).toEqual(['e0', 'e1']);
  });
  it('says which events were taken back and put right, and by which', () => {
    const found = amendments(stream(says('a', '01'), corrects(0, 'A', '01'), retracts(1), retracts(2)), RULES);
    expect([...found.retractions].map(([id, by]) => [id, by.id])).toEqual([['e2', 'e3']]);
    expect([...found.corrections].map(([id, by]) => [id, by.id])).toEqual([['e0', 'e1']]);
  });
});

const anyFact = fc.record({
  on: fc.constantFrom('01', '02', '03'),
  step: fc.nat(3),
  what: fc.string({ maxLength: 3 }),
});
const anyStream: fc.Arbitrary<readonly Event[]> = fc
  .array(fc.tuple(fc.constantFrom('fact', 'fact', 'retract', 'correct'), anyFact, fc.nat(30)), { maxLength: 25 })
  .map((entries) =>
    stream(
      ...entries.map(([kind, said, target], revision): Entry => {
        if (kind === 'fact' || revision === 0) return { said };
        return kind === 'retract'
          ? retracts(target % revision)
          : { ...retracts(0), retracts: null, corrects: `e${target % revision}`, said };
      }),
    ),
  );

/** Word for word by the rule, without a thought for speed. */
function slowly(events: readonly Event[]): readonly string[] {
  const known = new Map<Event, boolean>();
  const stands = (event: Event): boolean => {
    const retracted = (later: Event) => later.revision > event.revision && later.retracts === event.id && stands(later);
    if (!known.has(event)) known.set(event, !events.some(retracted));
    return known.get(event)!;
  };
  const statement = (event: Event): Event => {
    const corrections = events.filter(
      (later) => later.revision > event.revision && later.corrects === event.id && stands(later),
    );
    const last = corrections.at(-1);
    return last === undefined ? event : statement(last);
  };
  return events
    .filter((event) => event.said !== null && event.corrects === null && stands(event))
    .map((event) => ({ event, said: statement(event).said! }))
    .sort(
      (a, b) => a.said.on.localeCompare(b.said.on) || a.said.step - b.said.step || a.event.revision - b.event.revision,
    )
    .map(({ event, said }) => `${event.id} ${said.on} ${said.what}`);
}

const effective = (events: readonly Event[]): readonly string[] =>
  effectiveHistory(events, RULES).map(({ fact, original }) => `${original.id} ${fact.on} ${fact.what}`);

describe('whatever was recorded, the effective history', () => {
  it('is what the rule says, word for word', () =>
    fc.assert(fc.property(anyStream, (events) => expect(effective(events)).toEqual(slowly(events)))));

  it('is as before once a retraction is retracted', () =>
    fc.assert(
      fc.property(anyStream, fc.nat(30), (events, target) => {
        fc.pre(events.length > 0);
        const retraction = retracts(target % events.length);
        const both = stream(...events, retraction, retracts(events.length));
        expect(effective(both)).toEqual(effective(events));
      }),
    ));

  it('is as before once a correction is retracted', () =>
    fc.assert(
      fc.property(anyStream, fc.nat(30), anyFact, (events, target, said) => {
        fc.pre(events.length > 0);
        const correction: Entry = { corrects: `e${target % events.length}`, said };
        const both = stream(...events, correction, retracts(events.length));
        expect(effective(both)).toEqual(effective(events));
      }),
    ));

  it('keeps every other fact where it is when one is corrected in its words only', () =>
    fc.assert(
      fc.property(anyStream, fc.nat(30), (events, target) => {
        const before = effectiveHistory(events, RULES);
        fc.pre(before.length > 0);
        const { fact, original } = before[target % before.length]!;
        const correction: Entry = { corrects: original.id, said: { ...fact, what: 'new' } };
        const after = effectiveHistory(stream(...events, correction), RULES);
        expect(after.map((one) => one.original.id)).toEqual(before.map((one) => one.original.id));
        expect(after.find((one) => one.original.id === original.id)?.fact.what).toBe('new');
      }),
    ));

  it('does not depend on the order of recording, where dates and steps tell facts apart', () =>
    fc.assert(
      fc.property(
        fc
          .uniqueArray(anyFact, { selector: ({ on, step }) => `${on} ${step}`, maxLength: 12 })
          .chain((facts) => fc.tuple(fc.constant(facts), fc.shuffledSubarray(facts, { minLength: facts.length }))),
        ([facts, shuffled]) => {
          const whats = (said: readonly Said[]) =>
            effectiveHistory(stream(...said.map((one) => ({ said: one }))), RULES).map(({ fact }) => fact);
          expect(whats(shuffled)).toEqual(whats(facts));
        },
      ),
    ));
});
