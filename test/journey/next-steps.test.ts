import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { categoryOf } from '../../src/event-sourcing/event.ts';
import { caseHistory, type CaseHistory, type RecordedCaseEvent } from '../../src/journey/case-history.ts';
import { UNKNOWN_CASE, type CaseState } from '../../src/journey/case-state.ts';
import { decide } from '../../src/journey/cases.decider.ts';
import { JOURNEY_STEP, type CaseFact } from '../../src/journey/cases.events.ts';
import { nextSteps, type NextStep } from '../../src/journey/next-steps.ts';
import { daysBetween } from '../../src/event-sourcing/days.ts';
import {
  DAY_0,
  day,
  fact,
  historyOf,
  HOUSED,
  LINKED,
  OFFER,
  OFFERED,
  SIGNED,
  TODAY,
  uuid,
  AMINA,
  YUSUF,
} from '../examples.ts';
import { Choices, factFor } from '../random-facts.ts';
import { anyLog } from '../random-histories.ts';

function step(state: CaseState, type: NextStep['type'], housing: NextStep['housing'] = null, today = TODAY): NextStep {
  return nextSteps(state, today).find((one) => one.type === type && one.housing === housing)!;
}

describe('the next steps', () => {
  it('of nothing are a permit', () =>
    expect(
      nextSteps(UNKNOWN_CASE, TODAY)
        .filter((one) => one.possible)
        .map((one) => one.type),
    ).toEqual(['PermitGranted']));
  it('name every kind of fact that people record, moving in twice', () => {
    const types = nextSteps(UNKNOWN_CASE, TODAY).map((one) => one.type);
    expect(types).toHaveLength(Object.keys(JOURNEY_STEP).length);
    expect(new Set(types).size).toBe(Object.keys(JOURNEY_STEP).length - 1);
    expect(types).not.toContain('MembersReceived');
  });
  it('say what is missing', () =>
    expect(step(historyOf(fact('PermitGranted', 0)).state, 'HomeOffered')).toMatchObject({
      possible: false,
      code: 'NOT_LINKED',
      missing: ['MunicipalityLinked'],
    }));
  it('say which offer can be answered', () =>
    expect(step(historyOf(...OFFERED).state, 'OfferAccepted')).toMatchObject({ possible: true, subjects: [OFFER] }));
  it('say who can move', () =>
    expect(step(historyOf(...SIGNED).state, 'MovedIn', 'REGULAR')).toMatchObject({ subjects: [AMINA, YUSUF] }));
  it('let following family with a case of its own move in with the sponsor, linked or not', () => {
    const joining = fact('PermitGranted', 0, { sponsorCaseId: 'a-case', channel: 'FAMILY_REUNIFICATION' });
    expect(step(historyOf(joining).state, 'MovedIn', 'REGULAR')).toMatchObject({ subjects: [AMINA, YUSUF] });
    const { state } = historyOf(joining, fact('MovedIn', 20, { offerId: null }));
    expect(step(state, 'MovedIn', 'REGULAR')).toMatchObject({ possible: false, code: 'ALREADY_MOVED_IN' });
  });
  it('include no split of a household of one', () =>
    expect(step(historyOf(...LINKED, fact('MemberRemoved', 10)).state, 'HouseholdSplit')).toMatchObject({
      possible: false,
      code: 'SPLIT_TAKES_ALL',
    }));
  it('say from when the home is theirs', () => {
    expect(step(historyOf(...SIGNED).state, 'MovedIn', 'REGULAR', day(119))).toMatchObject({
      possible: false,
      code: 'TENANCY_NOT_STARTED',
      inTheWay: [day(120)],
    });
    expect(step(historyOf(...SIGNED).state, 'MovedIn', 'REGULAR', day(120)).possible).toBe(true);
  });
  it('say which terms can be extended', () =>
    expect(step(historyOf(...LINKED).state, 'TermExtended')).toMatchObject({ subjects: ['HOME', 'WHOLE'] }));
  it('of an ended case are to reopen it and to put the file in order', () => {
    const { state } = historyOf(...LINKED, fact('CaseClosed', 20));
    expect(
      nextSteps(state, TODAY)
        .filter((one) => one.possible)
        .map((one) => one.type),
    ).toEqual(['CaseAssigned', 'NoteAdded', 'DocumentReferenced', 'CaseReopened']);
  });
  it('of a housed household no longer include an offer', () =>
    expect(step(historyOf(...HOUSED).state, 'HomeOffered')).toMatchObject({ code: 'ALREADY_MOVED_IN' }));
});

/** The cases of a random log, on the day after everything that is in it. */
function casesOf(log: Parameters<typeof caseHistory>[0]): readonly CaseHistory[] {
  const streams = Map.groupBy(
    log.filter((event) => categoryOf(event.stream) === 'case'),
    (event) => event.stream,
  );
  return [...streams.values()].map((events) => caseHistory(events));
}

const LATER = day(200);
const agreed = (history: CaseHistory, seed: number): void => {
  const choices = new Choices(seed);
  let ids = 0;
  const newId = () => uuid('next', ++ids);
  const record = history.events as readonly RecordedCaseEvent[];
  for (const one of nextSteps(history.state, LATER)) {
    if (one.possible) {
      const possible = factFor(one, history.state, LATER, choices, newId);
      expect([one, decide({ do: 'record', fact: possible, today: LATER }, record)]).toEqual([one, [possible]]);
    } else {
      const other = {
        assignee: 'somebody else',
        organisation: 'elsewhere',
        housingKind: one.housing === 'REGULAR' ? 'REGULAR' : 'HOST_STAY',
      };
      const { type, data } = fact(one.type, daysBetween(DAY_0, LATER));
      const blocked = { type, data: { ...data, ...other } } as unknown as CaseFact;
      expect(decide({ do: 'record', fact: blocked, today: LATER }, record)).toMatchObject({ refused: one.code });
    }
  }
};

describe('in whatever state a case is', () => {
  it('a step that is said to be possible is recorded, and one that is said to be blocked refused with the same code', () =>
    fc.assert(
      fc.property(anyLog, fc.noShrink(fc.integer()), (log, seed) => {
        for (const history of casesOf(log)) agreed(history, seed);
      }),
    ));
});
