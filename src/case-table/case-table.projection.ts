import { epochDay } from '../event-sourcing/days.ts';
import type { CaseHistory } from '../journey/case-history.ts';
import { present, type KnownCase } from '../journey/case-state.ts';
import type { Projection, Row } from '../projecting/projection.ts';
import type { Reference } from '../reference/reference.ts';
import { activitiesOf } from './activities.ts';
import { lifetimeOf } from './lifetime.ts';
import { phasesOf } from './phases.ts';

/**
 * The cases of this system as an event table, as known by the end of every day, with nothing in it that tells who they are: what
 * the analytic store is filled from. Days are numbers since 1970-01-01.
 */
export const caseTableProjection: Projection<CaseHistory, Reference> = {
  name: 'case-table',
  version: 2,
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
      },
      key: [],
      keeps: 'daily',
    },
    activities: {
      columns: { eventId: 'text', place: 'integer', activity: 'text', day: 'integer', organisation: 'text' },
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
      },
      key: ['impedimentId'],
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
      return { attributes: [], activities: [], phases: [], impediments: [], suspensions: [] };
    return {
      attributes: [
        {
          ...attributesOf(state, reference),
          fromDay: epochDay(lifetime.from),
          housedDay: dayOrNull(lifetime.housedOn),
          censoredDay: dayOrNull(lifetime.censoredOn),
        },
      ],
      activities: activitiesOf(history).map(({ key, activity, on, organisation }, place) => ({
        eventId: key,
        place,
        activity,
        day: epochDay(on),
        organisation,
      })),
      phases: phasesOf(history, reference).map((run) => ({
        phase: run.phase,
        sequence: run.sequence,
        fromDay: epochDay(run.from),
        reachedDay: dayOrNull(run.reachedOn),
        stoppedDay: dayOrNull(run.stoppedOn),
        dueDay: dayOrNull(run.dueOn),
        suspendedDays: run.suspendedDays,
        suspendedSince: dayOrNull(run.suspendedSince),
      })),
      impediments: state.impediments.map(({ impedimentId, code, owner, term, reportedOn, resolvedOn }) => ({
        impedimentId,
        code,
        owner,
        phase: term,
        fromDay: epochDay(reportedOn),
        untilDay: dayOrNull(resolvedOn),
      })),
      suspensions: state.suspensions.map(({ from, until }, place) => ({
        place,
        fromDay: epochDay(from),
        untilDay: dayOrNull(until),
      })),
    };
  },
};

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
