import { createHmac, randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AnalyticStore } from '../analytic-store/analytic-store.ts';
import {
  IN_WORKING_DAYS,
  isMeasure,
  measured,
  MEASURES,
  OF_OWN_CASES,
  type MeasureName,
} from '../bottlenecks/measures.ts';
import { QuestionRefused } from '../selections/question-refused.ts';
import { Selection } from '../selections/selection.ts';
import { sqlText } from '../analytic-store/sql-text.ts';
import type { Question } from '../selections/question.ts';
import type { Clock } from '../event-sourcing/clock.ts';
import { amsterdamDay } from '../event-sourcing/days.ts';
import type { EventLog } from '../event-sourcing/event-log.ts';
import { comparePositions } from '../event-sourcing/event.ts';
import { askedNow, DEFAULT_LIMIT, freshnessOf, isProvisional } from '../http/freshness.ts';
import { notFound } from '../http/problem.ts';
import { cursorOf, InvalidCursor, placeOf } from '../projecting/keyset.ts';
import { readReference } from '../reference/reference-reading.ts';
import { positionOf, ViewBehind, type Freshness } from '../read-store/views.ts';
import { questionOf, type AskedQuestion } from './asked-question.ts';
import type * as api from './bottlenecks.api.ts';
import { behind, refuseUnknownActivities } from './cases-behind.ts';
import { differences } from './differences.ts';
import type { ImportedLogs } from './imported-logs.ts';
import { MEASURE_WORDS } from './measure-words.ts';
import type { OwnCases } from './own-cases.ts';
import type { Part } from './part.ts';
import { refuseImpossible, refuseImpossiblePart } from './possible-values.ts';
import type { Asker } from './small-groups.ts';
import { shownResult } from '../withholding/shown-result.ts';
import { Turns } from './turns.ts';
import { refuseUnused } from './unused-terms.ts';
import type { ShownResult } from '../withholding/support.ts';

export interface Asking {
  readonly asked: AskedQuestion & { readonly minPosition?: string | undefined };
  readonly asker: Asker;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined;
}

interface Answered {
  readonly withheld: api.MeasureBody['withheld'];
  readonly result: ShownResult;
}

/** What every answer tells of itself. */
type About = Pick<api.MeasureBody, 'measure' | 'log' | 'asKnownOn' | 'provisional' | 'least' | 'freshness'>;

interface BottleneckParts {
  readonly cases: OwnCases;
  readonly logs: ImportedLogs;
  readonly log: EventLog;
  readonly clock: Clock;
}

const PATIENCE_MS = 5_000;
const LOOK_MS = 20;
/** At once, so that half of the processors are left to commands; and waiting beside them. */
const TURNS = { atOnce: Math.max(1, availableParallelism() >> 1), longest: 32 };

/** Where the time goes: measures of own cases and of imported logs, compared, and looked behind. */
export class BottleneckQuestions {
  private readonly parts: BottleneckParts;
  private readonly turns = new Turns(TURNS.atOnce, TURNS.longest);
  /** Of the names under which cases stand in lists. */
  private readonly key = randomBytes(32);

  constructor(parts: BottleneckParts) {
    this.parts = parts;
  }

  offered(): api.MeasuresBody {
    const measures = (Object.keys(MEASURES) as MeasureName[]).map((measure) => ({
      measure,
      ...MEASURE_WORDS[measure],
      ofOwnCasesOnly: OF_OWN_CASES.has(measure),
      inWorkingDays: IN_WORKING_DAYS.has(measure),
    }));
    return { measures, logs: this.parts.logs.names() };
  }

  measure(name: string, asking: Asking): Promise<api.MeasureBody> {
    const measure = measureIn(name);
    return this.answered(measure, asking, async (store, today) => {
      const question = await this.questionOf(asking, today);
      return answerOf(await Selection.of(store, question), measure, asking);
    });
  }

  compare(
    name: string,
    asking: Asking,
    conditions: { readonly first: readonly string[]; readonly second: readonly string[] },
  ): Promise<api.ComparisonBody> {
    const measure = measureIn(name);
    return this.answered(measure, asking, async (store, today) => {
      const one = await this.questionOf(asking, today, conditions.first);
      const other = await this.questionOf(asking, today, conditions.second);
      const first = await answerOf(await Selection.of(store, one), measure, asking);
      if (isOwn(asking) && (await areHardlyApart(store, one, other, asking.asker.least))) {
        return { first: FEW_APART, second: FEW_APART, differences: null };
      }
      const second = await answerOf(await Selection.of(store, other), measure, asking);
      return { first, second, differences: differences(first.result, second.result) };
    });
  }

  casesBehind(
    name: string,
    asking: Asking,
    part: Part,
    page: { readonly cursor?: string | undefined; readonly limit?: number | undefined },
  ): Promise<api.CasesBehindBody> {
    const measure = measureIn(name);
    const { number, rows } = behind(measure, part);
    return this.answered(measure, asking, async (store, today) => {
      if (isOwn(asking)) refuseImpossiblePart(measure, part);
      await refuseUnknownActivities(store, measure, part);
      const { signal, ...question } = await this.questionOf(asking, today);
      const selection = await Selection.of(store, { ...question, ...(signal === undefined ? {} : { signal }) });
      const { withheld, result } = await answerOf(selection, measure, asking);
      if (withheld !== null) return { ...NO_LIST, withheld };
      const count = number(result!);
      // Of own cases it is not told whether there is none, or one that is withheld.
      if (!isOwn(asking) && typeof count !== 'number') throw new QuestionRefused('the measure has no such number');
      if (typeof count !== 'number') return { ...NO_LIST, withheld: 'TOLD_BY_OTHERS' as const };
      if (isOwn(asking) && count > 0 && count < asking.asker.least)
        return { ...NO_LIST, withheld: 'FEW_CASES' as const };
      const list = JSON.stringify([measure, part, asking.asked.log, question]);
      const named = isOwn(asking) && !asking.asker.seesCases;
      const salt = named ? createHmac('sha256', this.key).update(list).digest('hex') : undefined;
      const order = createHmac('sha256', 'order').update(list).digest('base64url').slice(0, 12);
      return {
        withheld: null,
        count,
        ...(await pageBehind(selection, await rows(selection, result!), { ...page, order, salt })),
      };
    });
  }

  /** @throws QuestionRefused where no case could be meant */
  private async questionOf(
    { asked, signal }: Asking,
    today: string,
    conditions: readonly string[] = [],
  ): Promise<Question> {
    const question = questionOf(asked, today, conditions, signal);
    if (asked.log === undefined) refuseImpossible(question.filters ?? [], await readReference(this.parts.log));
    return question;
  }

  /** Waits for the position and for its turn, and tells how much the answer knows. */
  private async answered<A extends object>(
    measure: MeasureName,
    { asked, asker, signal }: Asking,
    answer: (store: AnalyticStore, today: string) => Promise<A>,
  ): Promise<About & A> {
    refuseUnused(measure, asked);
    const { log, clock } = this.parts;
    const at = await askedNow(log, clock);
    const today = amsterdamDay(at.now.toISOString());
    if (asked.log !== undefined) {
      if (asked.asKnownOn !== undefined || asked.minPosition !== undefined) {
        throw new QuestionRefused(
          (words) =>
            `an imported log has no past and no positions: leave out ${words('asKnownOn')} and ${words('minPosition')}`,
        );
      }
      const about = { measure, log: asked.log, asKnownOn: null, provisional: false, least: null, freshness: null };
      const own = await this.turns.take(() => this.parts.logs.ask(asked.log!, (store) => answer(store, today)), signal);
      return { ...about, ...own };
    }
    if (asked.minPosition !== undefined) await this.untilKnown(asked.minPosition, signal);
    return this.turns.take(
      () =>
        this.parts.cases.ask(async (store, knowledge) => {
          const freshness: Freshness = { ...knowledge, referenceParked: false, streamParked: null };
          const asKnownOn = asked.asKnownOn ?? today;
          return {
            measure,
            log: null,
            asKnownOn,
            provisional: isProvisional(asKnownOn, at, freshness),
            least: asker.least,
            freshness: freshnessOf(freshness, log.id),
            ...(await answer(store, today)),
          };
        }),
      signal,
    );
  }

  private async untilKnown(token: string, signal?: AbortSignal): Promise<void> {
    const position = positionOf(token, this.parts.log.id);
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      const known = (await this.parts.cases.knowledge())?.position ?? null;
      if (known !== null && comparePositions(known, position) >= 0) return;
      if (performance.now() > until) throw new ViewBehind('case-table', known);
      await sleep(LOOK_MS, undefined, signal === undefined ? {} : { signal });
    }
  }
}

const FEW_APART: Answered = { withheld: 'FEW_APART', result: null };
const NO_LIST = { count: null, items: [], next: null } as const;

function measureIn(name: string): MeasureName {
  if (!isMeasure(name)) throw notFound(`measure; there are ${Object.keys(MEASURES).join(', ')}`);
  return name;
}

function isOwn({ asked }: Asking): boolean {
  return asked.log === undefined;
}

/** External logs are shown whole. Of own cases, what tells of too few of them is withheld. */
async function answerOf(selection: Selection, measure: MeasureName, { asker, asked }: Asking): Promise<Answered> {
  if (asked.log !== undefined) return { withheld: null, result: (await measured(selection, measure)) as ShownResult };
  if ((await casesIn(selection)) < asker.least) return { withheld: 'FEW_CASES', result: null };
  if (await isHardlyApart(selection, asker.least)) return FEW_APART;
  const result = await shownResult(selection, measure, await measured(selection, measure), asker.least);
  return { withheld: result === null ? 'TOLD_BY_OTHERS' : null, result };
}

async function casesIn(selection: Selection): Promise<number> {
  const { cases } = await selection.row<{ cases: number }>(`select count(*) as cases from ${selection.from('cases')}`);
  return cases;
}

/** Who asks for the same with some conditions less would know of the few that make the difference. */
async function isHardlyApart(selection: Selection, least: number): Promise<boolean> {
  const { question } = selection;
  const leftOut = [...(await selection.leftOut())];
  if (question.withoutSuspended) {
    // Who asks with and without suspended days would know how long those few stood still.
    const { cases } = await selection.row<{ cases: number }>(
      `select count(distinct case_no) as cases from ${selection.from('suspensions')}`,
    );
    leftOut.push(cases);
  }
  return leftOut.some((cases) => cases > 0 && cases < least);
}

/** Whether too few cases are in the one selection and not in the other. */
async function areHardlyApart(store: AnalyticStore, one: Question, other: Question, least: number): Promise<boolean> {
  const first = await Selection.of(store, one);
  await first.run(`create or replace temp table first_selected as select case_no from ${first.from('cases')}`);
  const second = await Selection.of(store, other);
  const { only, also } = await second.row<{ only: number; also: number }>(
    `with second_selected as (select case_no from ${second.from('cases')})
     select (select count(*) from first_selected anti join second_selected using (case_no)) as only,
       (select count(*) from second_selected anti join first_selected using (case_no)) as also`,
  );
  return [only, also].some((cases) => cases > 0 && cases < least);
}

interface PageAsked {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
  readonly order: string;
  /** Undefined: cases stand under their own names. */
  readonly salt: string | undefined;
}

async function pageBehind(
  selection: Selection,
  rows: string,
  { cursor, limit = DEFAULT_LIMIT, order, salt }: PageAsked,
): Promise<Pick<api.CasesBehindBody, 'items' | 'next'>> {
  const name = salt === undefined ? 'cases.id' : `substr(sha256(${sqlText(salt)} || cases.id), 1, 20)`;
  let after = '';
  if (cursor !== undefined) {
    const [us, id, position] = placeOf(cursor, order, 3);
    if (typeof us !== 'number' || typeof id !== 'string' || id.includes('\0') || typeof position !== 'number')
      throw new InvalidCursor();
    after = `where (sorted, name, position) > (${us}, ${sqlText(id)}, ${position})`;
  }
  const found = await selection.rows<{ name: string; us: number | null; sorted: number; position: number }>(
    `select * from (
      select ${name} as name, us, coalesce(-us, 1) as sorted, position
      from (${rows}) behind join ${selection.table('cases')} as cases using (case_no)
    ) ${after} order by sorted, name, position limit ${limit + 1}`,
  );
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return {
    items: items.map((one) => ({ case: one.name, seconds: one.us === null ? null : one.us / 1e6 })),
    next: found.length > limit && last ? cursorOf(order, [last.sorted, last.name, last.position]) : null,
  };
}
