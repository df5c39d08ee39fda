import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { caseHistory, type CaseHistory } from '../../src/journey/case-history.ts';
import { runningTerms } from '../../src/journey/case-possible.ts';
import { requires } from '../../src/journey/case-requires.ts';
import { evolve, UNKNOWN_CASE, type CaseState } from '../../src/journey/case-state.ts';
import { casesDecider, type CaseRecord } from '../../src/journey/cases.decider.ts';
import { JOURNEY_STEP, type CaseEvent, type CaseFactType } from '../../src/journey/cases.events.ts';
import { nextSteps } from '../../src/journey/next-steps.ts';
import { termStandings } from '../../src/journey/norm-terms.ts';
import { timeline } from '../../src/journey/timeline.ts';
import { isRefusal } from '../../src/event-sourcing/decider.ts';
import { categoryOf, type RecordedEvent } from '../../src/event-sourcing/event.ts';
import { correction, day, defaultReference, fact, recorded, retraction, TODAY, uuid } from '../examples.ts';
import { anyLog } from '../random-histories.ts';

function casesIn(log: readonly RecordedEvent[]): readonly (readonly RecordedEvent[])[] {
  const ofCases = log.filter((event) => categoryOf(event.stream) === 'case');
  return [...Map.groupBy(ofCases, (event) => event.stream).values()];
}

const anyCase: fc.Arbitrary<readonly RecordedEvent[]> = anyLog
  .filter((log) => casesIn(log).length > 0)
  .chain((log) => fc.constantFrom(...casesIn(log)));

/** Whatever types, in whatever order, possible or not: older rules may have let in what these do not. */
const anyNonsense: fc.Arbitrary<readonly CaseEvent[]> = fc
  .array(
    fc.tuple(
      fc.constantFrom('fact', 'fact', 'fact', 'retract', 'correct'),
      fc.constantFrom(...(Object.keys(JOURNEY_STEP) as CaseFactType[])),
      fc.nat(150),
      fc.nat(30),
    ),
    { maxLength: 30 },
  )
  .map((entries) =>
    entries.map(([kind, type, on, target]): CaseEvent => {
      if (kind === 'retract') return retraction(target);
      return kind === 'correct' ? correction(target, fact(type, on)) : fact(type, on);
    }),
  );

describe('any history', () => {
  it('holds only what could happen in its place, unless persons came in from another case', () =>
    fc.assert(
      fc.property(anyCase, (events) => {
        let state: CaseState = UNKNOWN_CASE;
        for (const { fact: one } of caseHistory(events).facts) {
          const came = state.kind !== 'unknown' && state.transfersReceived.length > 0;
          if (!came) expect([one, requires(state, one)]).toEqual([one, null]);
          state = evolve(state, one);
        }
      }),
    ));

  it('comes out the same when it is built on the history of its beginning', () =>
    fc.assert(
      fc.property(anyCase, fc.nat(), (events, cut) => {
        const beginning = events.slice(0, 1 + (cut % events.length));
        expect(caseHistory(events, caseHistory(beginning))).toEqual(caseHistory(events));
      }),
    ));

  it('comes out so of nonsense too', () =>
    fc.assert(
      fc.property(anyNonsense, fc.nat(), (entries, cut) => {
        fc.pre(entries.length > 0);
        const events = recorded(entries);
        const beginning = events.slice(0, 1 + (cut % events.length));
        expect(caseHistory(events, caseHistory(beginning))).toEqual(caseHistory(events));
      }),
    ));

  it('comes out the same when read event by event', () =>
    fc.assert(
      fc.property(anyCase, (events) => {
        const record = events.reduce<CaseRecord>(
          (before, event) => casesDecider.evolve(before, event),
          casesDecider.initial,
        );
        expect(caseHistory(record)).toEqual(caseHistory(events));
      }),
    ));

  it('is the same in its facts once a retraction is retracted', () =>
    fc.assert(
      fc.property(anyCase, fc.nat(), (events, target) => {
        const record = caseHistory(events).events;
        const { id: eventId } = record[target % record.length]!;
        const retracted = casesDecider.decide({ do: 'retract', eventId, reason: null, today: TODAY }, record);
        fc.pre(!isRefusal(retracted) && retracted.length > 0);
        const taken = appended(record, ...(retracted as readonly CaseEvent[]));
        const undo = { do: 'retract' as const, eventId: taken.at(-1)!.id, reason: null, today: TODAY };
        const restored = appended(taken, ...(casesDecider.decide(undo, taken) as readonly CaseEvent[]));
        expect(restored).toHaveLength(record.length + 2);
        expect(caseHistory(restored).facts).toEqual(caseHistory(record).facts);
        expect(caseHistory(restored).state).toEqual(caseHistory(record).state);
      }),
    ));

  it('gives the same state and terms when nothing sealed can be read', () =>
    fc.assert(
      fc.property(anyCase, (events) => {
        const unreadable = JSON.parse(
          JSON.stringify(events).replaceAll(/"box":"[^"]*"/g, '"box":""'),
        ) as RecordedEvent[];
        expect(figures(caseHistory(unreadable))).toEqual(figures(caseHistory(events)));
      }),
    ));

  it('has the same terms running by the rules as by the norm', () =>
    fc.assert(
      fc.property(anyCase, (events) => {
        const history = caseHistory(events);
        fc.pre(history.state.kind === 'open');
        if (history.state.kind !== 'open') return;
        const running = termStandings(history, defaultReference()).filter(
          (one) => one.metOn === null && one.endedOn === null,
        );
        // Two tenancies can run at once, while part of the household has moved in.
        expect([...new Set(running.map((one) => one.term))]).toEqual(runningTerms(history.state));
      }),
    ));
});

describe('any nonsense', () => {
  it('that stands in the log is folded, told and judged without an error', () =>
    fc.assert(
      fc.property(anyNonsense, (events) => {
        const history = caseHistory(recorded(events));
        expect(timeline(history)).toHaveLength(events.length);
        expect(termStandings(history, defaultReference()).every((one) => one.dueOn >= one.startedOn)).toBe(true);
        expect(nextSteps(history.state, TODAY).length).toBe(Object.keys(JOURNEY_STEP).length);
      }),
    ));
  it('does not keep the next fact out', () =>
    fc.assert(
      fc.property(anyNonsense, (events) => {
        const record = recorded([fact('PermitGranted', -1), ...events]);
        const note = fact('NoteAdded', 300, { noteId: uuid('another note') });
        const decision = casesDecider.decide({ do: 'record', fact: note, today: TODAY }, record);
        const known = caseHistory(record).state.kind !== 'unknown';
        expect(decision).toEqual(known ? [note] : expect.objectContaining({ refused: 'CASE_UNKNOWN' }));
      }),
    ));
});

function figures({ state, ...history }: CaseHistory): object {
  return {
    state,
    terms: termStandings({ state }, defaultReference()),
    steps: nextSteps(state, day(200)),
    of: history.caseId,
  };
}

function appended(record: CaseRecord, ...events: readonly CaseEvent[]): CaseRecord {
  const last = record.at(-1)!;
  const added = events.map((event, index) => {
    const revision = record.length + index;
    return {
      ...last,
      id: uuid('appended', revision),
      revision,
      type: event.type,
      data: event.data,
    } as CaseRecord[number];
  });
  return [...record, ...added];
}
