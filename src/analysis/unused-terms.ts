import { OF_OWN_CASES, type MeasureName } from '../bottlenecks/measures.ts';
import { refuseDatesOfOwnCases } from '../selections/question.ts';
import { QuestionRefused, type Term } from '../selections/question-refused.ts';
import type { AskedQuestion } from './asked-question.ts';

/** Which measures look at when a case begins, at when it ends, and at what had become of it by now. */
const BEGINS = ['lifetime', 'survival', 'aging', 'on-time', 'arrivals', 'conformance', 'cohorts'] as const;
const ENDS = [...BEGINS, 'flow', 'delay'] as const;
const NOW = [...ENDS, 'phases', 'impediments'] as const;

interface Use {
  readonly by: readonly MeasureName[];
  /** Or wherever it is asked of cases that have ended. */
  readonly orClosed?: boolean;
}

/** Terms that not every measure uses. */
function usesOf({ log }: AskedQuestion): { readonly [T in Term]?: Use } {
  const isOwn = log === undefined;
  // The journey tells where its phases and its term for the whole begin and end.
  const told: readonly MeasureName[] = isOwn ? ['flow', 'on-time'] : [];
  const among = (measures: readonly MeasureName[]) => measures.filter((one) => !told.includes(one));
  return {
    withoutSuspended: { by: isOwn ? ['phases', 'delay'] : [] },
    cohort: { by: ['cohorts'] },
    now: { by: isOwn ? NOW : NOW.filter((one) => !OF_OWN_CASES.has(one)), orClosed: true },
    endActivity: { by: among(ENDS), orClosed: true },
    startAttribute: { by: among(BEGINS) },
    endAttribute: { by: among(ENDS), orClosed: true },
    dueAttribute: { by: ['on-time'] },
    model: { by: ['conformance'] },
  };
}

/**
 * A term of which a measure makes no use would be passed over in silence, and the answer taken for another.
 * @throws QuestionRefused
 */
export function refuseUnused(measure: MeasureName, asked: AskedQuestion): void {
  if (asked.periodMode !== undefined && asked.period === undefined) {
    throw new QuestionRefused(
      (words) => `${words('periodMode')} says how a period selects cases: give ${words('period')} beside it`,
    );
  }
  if (asked.model !== undefined && asked.log === undefined) {
    throw new QuestionRefused(
      (words) => `the cases of this system have a reference model of their own: leave out ${words('model')}`,
    );
  }
  if (asked.log === undefined) refuseDatesOfOwnCases(asked);
  for (const [name, { by, orClosed = false }] of Object.entries(usesOf(asked)) as [Term, Use][]) {
    const value = asked[name as keyof AskedQuestion];
    if (value === undefined || value === false || by.includes(measure) || (orClosed && asked.closed)) continue;
    throw new QuestionRefused((words) => {
      const users = orClosed ? [...by, `any measure with ${words('closed')}`] : by;
      const asks = users.length === 0 ? 'of an imported log nothing does' : `ask it of ${users.join(', ')}`;
      return `${measure} makes no use of ${words(name)}: leave it out; ${asks}`;
    });
  }
}
