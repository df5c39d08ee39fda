import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { amsterdamDay } from '../../src/event-sourcing/days.ts';
import { isRefusal } from '../../src/event-sourcing/decider.ts';
import { categoryOf } from '../../src/event-sourcing/event.ts';
import { caseHistory, type RecordedCaseEvent } from '../../src/journey/case-history.ts';
import { decide, type CaseCommand } from '../../src/journey/cases.decider.ts';
import { JOURNEY_STEP, type CaseEvent, type CaseFact, type CaseFactType } from '../../src/journey/cases.events.ts';
import { tell, toldCase } from '../../src/journey/told-case.ts';
import { AMINA, CASE, fact, LINKED, recorded, TODAY, YUSUF } from '../examples.ts';
import { anyLog } from '../random-histories.ts';

const NO_EXTENSION = { maximumExtensionDays: 0, maximumSuspensionDays: 0 };

describe('a case that is told fact by fact', () => {
  it('is decided as every case is, and goes on as it stands then', () =>
    fc.assert(
      fc.property(anyLog, (log) => {
        const ofCases = log.filter((event) => categoryOf(event.stream) === 'case');
        for (const events of Map.groupBy(ofCases, ({ stream }) => stream).values()) {
          const record = caseHistory(events).events;
          let told = toldCase([]);
          for (const [index, event] of record.entries()) {
            if (event.type === 'PersonalDataErased') return;
            const before = record.slice(0, index);
            const next = tell(told, commandOf(event), () => before);
            expect(next.decision).toEqual(decide(commandOf(event), before));
            expect(next.told).toEqual(toldCase(record.slice(0, index + 1)));
            told = next.told;
          }
        }
      }),
      { numRuns: 30 },
    ));

  it('is decided so of facts of all kinds, possible or not, on any day', () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...(Object.keys(JOURNEY_STEP) as CaseFactType[])), fc.nat(60)), {
          maxLength: 40,
        }),
        (entries) => {
          let record: readonly RecordedCaseEvent[] = [];
          let told = toldCase([]);
          for (const [type, on] of [['PermitGranted', 0] as const, ...entries]) {
            const command = recordedWithin(fact(type, on));
            const next = tell(told, command, () => record);
            const decision = decide(command, record);
            expect(next.decision).toEqual(decision);
            if (!isRefusal(decision)) record = recorded([...record.map(stated), ...decision]);
            expect(next.told.state).toEqual(toldCase(record).state);
            told = next.told;
          }
        },
      ),
    ));

  it.each<[string, readonly CaseFact[], CaseFact]>([
    ['an assignment to the one who has the case', [fact('CaseAssigned', 20)], fact('CaseAssigned', 30)],
    ['a fact of tomorrow', [], fact('NoteAdded', 401)],
    ['a split that takes everybody', [], fact('HouseholdSplit', 20, { personIds: [AMINA, YUSUF] })],
    ['a split to the case itself', [], fact('HouseholdSplit', 20, { targetCaseId: CASE })],
    ['persons who were received before', [fact('MembersReceived', 20)], fact('MembersReceived', 20)],
    ['an extension beyond the limit', [], fact('TermExtended', 20)],
    ['a suspension beyond the limit', [fact('TermSuspended', 20), fact('TermResumed', 21)], fact('TermSuspended', 30)],
  ])('is not let have %s', (_what, before, what) => {
    const record = recorded([...LINKED, ...before]);
    const { decision } = tell(toldCase(record), recordedWithin(what), () => record);
    expect(decision).not.toEqual([what]);
    expect(decision).toEqual(decide(recordedWithin(what), record));
  });

  it('is put together from all that was recorded only where that makes a difference', () => {
    const untouched = (): never => {
      throw new Error('everything recorded was asked for');
    };
    const linked = recorded([fact('PermitGranted', 0), fact('MunicipalityLinked', 9)]);
    const command = (on: number): CaseCommand => ({ do: 'record', fact: fact('SearchStarted', on), today: TODAY });
    expect(tell(toldCase(linked), command(10), untouched).decision).toEqual([fact('SearchStarted', 10)]);
    expect(() => tell(toldCase(linked), command(5), untouched)).toThrow('asked for');
  });
});

/** With limits only where they count, as everybody records it. */
function recordedWithin(what: CaseFact): CaseCommand {
  const isLimited = what.type === 'TermExtended' || what.type === 'TermSuspended';
  return { do: 'record', fact: what, today: TODAY, ...(isLimited ? { limits: NO_EXTENSION } : {}) };
}

function commandOf(event: RecordedCaseEvent): CaseCommand {
  const today = amsterdamDay(event.metadata.recordedAt);
  if (event.type === 'FactRetracted') return { do: 'retract', ...event.data, today };
  if (event.type === 'FactCorrected') return { do: 'correct', ...event.data, today };
  return { do: 'record', fact: stated(event) as CaseFact, today };
}

function stated({ type, data }: RecordedCaseEvent): CaseEvent {
  return { type, data } as CaseEvent;
}
