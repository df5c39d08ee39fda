import { expect } from '@jest/globals';
import { dateOfEpochDay } from '../../src/event-sourcing/days.ts';
import { caseTableProjection } from '../../src/case-table/case-table.projection.ts';
import type { Row } from '../../src/projecting/projection.ts';
import { rowsOf, type Story } from '../views/story.ts';

/** `given(story).thenActivities(…) | thenPhases(…) | …`: what the event table holds of one case. */
export function given(of: Story) {
  const rows = rowsOf(caseTableProjection, of);
  const told = (table: string, say: (row: Row) => string): string[] => (rows[table] ?? []).map(say);
  return {
    /** `2017-01-01 PermitGranted` */
    thenActivities(...expected: readonly string[]): void {
      expect(told('activities', ({ day, activity }) => `${date(day)} ${text(activity)}`)).toEqual(expected);
    },
    /** `HOME 1: from .. reached, due` */
    thenPhases(...expected: readonly string[]): void {
      expect(
        told('phases', ({ phase, sequence, fromDay, reachedDay, stoppedDay, dueDay }) => {
          const end =
            reachedDay !== null ? date(reachedDay) : stoppedDay !== null ? `stopped ${date(stoppedDay)}` : 'open';
          return `${text(phase)} ${text(sequence)}: ${date(fromDay)} .. ${end}, due ${date(dueDay)}`;
        }),
      ).toEqual(expected);
    },
    thenImpediments(...expected: readonly string[]): void {
      expect(
        told(
          'impediments',
          ({ code, owner, fromDay, untilDay }) =>
            `${text(code)} of ${text(owner)}: ${date(fromDay)} .. ${date(untilDay)}`,
        ),
      ).toEqual(expected);
    },
    thenAttributes(expected: Row): void {
      const [row] = rows.attributes ?? [];
      const { fromDay, housedDay, censoredDay, ...others } = row!;
      expect({
        ...others,
        from: date(fromDay),
        housedOn: date(housedDay),
        censoredOn: date(censoredDay),
      }).toMatchObject(expected);
    },
  };
}

function date(day: unknown): string {
  return typeof day === 'number' ? dateOfEpochDay(day) : 'none';
}

function text(value: unknown): string {
  return String(value);
}
