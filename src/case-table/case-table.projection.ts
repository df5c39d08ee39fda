import { epochDay } from '../event-sourcing/days.ts';
import type { CaseHistory } from '../journey/case-history.ts';
import { present, type KnownCase } from '../journey/case-state.ts';
import type { Projection, Row } from '../projecting/projection.ts';
import type { Reference } from '../reference/reference.ts';
import { activitiesOf, ACTIVITY_NAMES, type CaseActivity } from './activities.ts';
import { lastedImpediments, portionsOf } from './impediments.ts';
import { lifetimeOf } from './lifetime.ts';
import { areAtOnce, phasesOf } from './phases.ts';
import { workingDaysBetween } from './working-days.ts';

/**
 * The cases of this system as an event table, as known by the end of every day, with nothing in it that tells who they are: what
 * the analytic store is filled from. Days are numbers since 1970-01-01.
 */
export const caseTableProjection: Projection<CaseHistory, Reference> = {
  name: 'case-table',
  version: 5,
  tables: {
    attributes: {
      columns: {
        channel: 'text',
        permitType: 'text',
        municipality: 'text',
        province: 'text',
        organisation: 'text',
        householdSize: 'integer',
        fromDay: 'integer',
        housedDay: 'integer',
        censoredDay: 'integer',
        dueDay: 'integer',
        // The way the case has gone so far, a letter an activity, and its days: what a version of a case is told by.
        sequence: 'text',
        firstDay: 'integer',
        lastDay: 'integer',
        enteredDay: 'integer',
        workingDays: 'integer',
      },
      key: [],
      keeps: 'daily',
    },
    activities: {
      // With the activity it follows: the step between them is known as long as they stand next to each other.
      columns: {
        eventId: 'text',
        place: 'integer',
        activity: 'text',
        day: 'integer',
        organisation: 'text',
        fromActivity: 'text',
        fromDay: 'integer',
        fromOrganisation: 'text',
        workingDays: 'integer',
      },
      key: ['eventId'],
      keeps: 'daily',
    },
    phases: {
      columns: {
        phase: 'text',
        sequence: 'integer',
        fromDay: 'integer',
        reachedDay: 'integer',
        stoppedDay: 'integer',
        dueDay: 'integer',
        suspendedDays: 'integer',
        suspendedSince: 'integer',
        // How often its case has been in this phase before; 1 or 0: it is in another at once (other than the whole).
        again: 'integer',
        atOnce: 'integer',
      },
      key: ['phase', 'sequence'],
      keeps: 'daily',
    },
    impediments: {
      columns: {
        impedimentId: 'text',
        code: 'text',
        owner: 'text',
        phase: 'text',
        fromDay: 'integer',
        untilDay: 'integer',
        heldUntilDay: 'integer',
        endedDay: 'integer',
        firstOf: 'integer',
        laterOf: 'integer',
        totalDay: 'integer',
        codeDay: 'integer',
        ownerDay: 'integer',
        phaseDay: 'integer',
        totalMonth: 'integer',
        codeMonth: 'integer',
        ownerMonth: 'integer',
        phaseMonth: 'integer',
      },
      key: ['impedimentId'],
      keeps: 'daily',
    },
    portions: {
      columns: {
        place: 'integer',
        code: 'text',
        owner: 'text',
        fromDay: 'integer',
        untilDay: 'integer',
        endedDay: 'integer',
        among: 'integer',
        suspended: 'integer',
        ofCode: 'integer',
        ofOwner: 'integer',
        atStart: 'integer',
      },
      key: ['place'],
      keeps: 'daily',
    },
    suspensions: {
      columns: { place: 'integer', fromDay: 'integer', untilDay: 'integer' },
      key: ['place'],
      keeps: 'daily',
    },
  },
  rows(history, reference) {
    const { state } = history;
    const lifetime = lifetimeOf(history, reference);
    if (state.kind === 'unknown' || lifetime === undefined)
      return { attributes: [], activities: [], phases: [], impediments: [], portions: [], suspensions: [] };
    const activities = activitiesOf(history);
    const way = wayOf(activities);
    const housedDay = dayOrNull(lifetime.housedOn);
    const censoredDay = dayOrNull(lifetime.censoredOn);
    const closed = activities.findLast(({ activity }) => activity === 'CaseEnded');
    const days = {
      firstDay: way.firstDay,
      endedDay: housedDay ?? censoredDay,
      closedDay: dayOrNull(closed?.on ?? null),
    };
    const impediments = state.impediments.map((one) => ({
      impedimentId: one.impedimentId,
      code: one.code,
      owner: one.owner,
      phase: one.term,
      fromDay: epochDay(one.reportedOn),
      untilDay: dayOrNull(one.resolvedOn),
    }));
    const suspensions = state.suspensions.map(({ from, until }, place) => ({
      place,
      fromDay: epochDay(from),
      untilDay: dayOrNull(until),
    }));
    const lasted = lastedImpediments(impediments, days);
    const runs = phasesOf(history, reference);
    return {
      attributes: [
        {
          ...attributesOf(state, reference),
          fromDay: epochDay(lifetime.from),
          housedDay,
          censoredDay,
          dueDay: dayOrNull(runs.find(({ phase }) => phase === 'WHOLE')?.dueOn ?? null),
          ...way,
        },
      ],
      activities: activities.map(stepTo),
      phases: runs.map((run, place) => ({
        phase: run.phase,
        sequence: run.sequence,
        fromDay: epochDay(run.from),
        reachedDay: dayOrNull(run.reachedOn),
        stoppedDay: dayOrNull(run.stoppedOn),
        dueDay: dayOrNull(run.dueOn),
        suspendedDays: run.suspendedDays,
        suspendedSince: dayOrNull(run.suspendedSince),
        again: runs.filter(({ phase, from }, other) => phase === run.phase && isBefore(from, other, run.from, place))
          .length,
        atOnce: Number(runs.some((other) => other !== run && areAtOnce(run, other))),
      })),
      impediments: impediments.map((one, place) => ({ ...one, ...lasted[place] })),
      portions: portionsOf(impediments, suspensions, days).map((one, place) => ({ place, ...one })),
      suspensions,
    };
  },
};

/** Stands for the first of `ACTIVITY_NAMES`, the next letter for the next. */
export const FIRST_LETTER = 'A'.charCodeAt(0);
const LETTERS = new Map(ACTIVITY_NAMES.map((name, place) => [name, String.fromCharCode(FIRST_LETTER + place)]));

function wayOf(activities: readonly CaseActivity[]) {
  const days = activities.map(({ on }) => epochDay(on));
  const [firstDay = 0] = days;
  const lastDay = days.at(-1) ?? firstDay;
  const last = activities.at(-1)?.activity;
  const entered = activities.findLastIndex(({ activity }) => activity !== last) + 1;
  return {
    sequence: activities.map(({ activity }) => LETTERS.get(activity)!).join(''),
    firstDay,
    lastDay,
    enteredDay: days[entered] ?? firstDay,
    workingDays: workingDaysBetween(firstDay, lastDay),
  };
}

function isBefore(from: string, place: number, thisFrom: string, thisPlace: number): boolean {
  return from < thisFrom || (from === thisFrom && place < thisPlace);
}

function stepTo({ key, activity, on, organisation }: CaseActivity, place: number, all: readonly CaseActivity[]): Row {
  const from = all[place - 1];
  const day = epochDay(on);
  const fromDay = from === undefined ? null : epochDay(from.on);
  return {
    eventId: key,
    place,
    activity,
    day,
    organisation,
    fromActivity: from?.activity ?? null,
    fromDay,
    fromOrganisation: from?.organisation ?? null,
    workingDays: fromDay === null ? null : workingDaysBetween(fromDay, day),
  };
}

/** What cases are told apart by. The organisation is the one whose turn it is: to whom it is assigned, else who is to house it. */
function attributesOf(state: KnownCase, reference: Reference): Row {
  const municipality = state.links.at(-1)?.municipality ?? null;
  return {
    channel: state.channel,
    permitType: state.permitType,
    municipality,
    province: municipality === null ? null : (reference.municipality(municipality)?.province ?? null),
    organisation: state.assignment?.organisation ?? municipality ?? 'COA',
    householdSize: state.kind === 'ended' ? sizeAtEnd(state) : present(state).length,
  };
}

/** Those whom the end of the case took away were in the household until then. */
function sizeAtEnd(state: Extract<KnownCase, { kind: 'ended' }>): number {
  return state.members.filter(({ left }) => left === null || left.on >= state.endedOn).length;
}

function dayOrNull(day: string | null): number | null {
  return day === null ? null : epochDay(day);
}
