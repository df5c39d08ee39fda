import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { FixedDayClock } from '../../src/event-sourcing/clock.ts';
import { addDays, amsterdamDay } from '../../src/event-sourcing/days.ts';
import { isRefusal } from '../../src/event-sourcing/decider.ts';
import type { EventLog, StreamHead } from '../../src/event-sourcing/event-log.ts';
import type { JsonObject, NewEvent } from '../../src/event-sourcing/event.ts';
import type { ProjectionParts } from '../../src/projecting/load-views.ts';
import { caseModel } from '../../src/journey/case-history.ts';
import { standingRows } from '../../src/quota/quota-answers.ts';
import type { RecordedQuotaEvent } from '../../src/quota/quota-book.ts';
import { decideQuota, type QuotaCommand } from '../../src/quota/quota.decider.ts';
import { QUOTA_CATEGORY, quotaStream, ROUNDINGS, TOTAL_KINDS, type QuotaFact } from '../../src/quota/quota.events.ts';
import { QuotaKnowledge } from '../../src/quota/quota-knowledge.ts';
import { QuotaQuestions } from '../../src/quota/quota-questions.ts';
import { realisationProjection } from '../../src/quota/realisation.projection.ts';
import { openViewsInline } from '../../src/read-store/open-views.ts';
import { metadata, uuid } from '../examples.ts';
import { Choices, openPlainly, randomLog } from '../random-histories.ts';
import { NO_MUNICIPALITIES } from './places.ts';

const RUNS = Number(process.env.PROPERTY_RUNS ?? 15);
const PATIENCE_MS = 180_000;
const PLACES = ['GM0344', 'GM0855', 'GM0599'];
const PERIODS = ['2016H2', '2017H1'];

type Appended = NewEvent & { readonly stream: string };

/** Cases as random as those of the views, and between them what is published of the quota, taken back, published again. */
function randomRegister(seed: number, count: number): readonly Appended[] {
  const choices = new Choices(seed + 1);
  const own: RecordedQuotaEvent[] = [];
  return randomLog(new Choices(seed, count)).flatMap((event): readonly Appended[] => {
    const { recordedAt } = event.metadata;
    if (recordedAt < '2000' || !choices.oneIn(4)) return [event];
    const command = commandOn(amsterdamDay(recordedAt), choices, own);
    const period = command.do === 'record' ? command.fact.data.period : command.period;
    const record = own.filter(({ data }) => data.period === period);
    const decision = decideQuota(command, record);
    if (isRefusal(decision)) return [event];
    return [
      event,
      ...decision.map((decided) => {
        const id = uuid('quota', own.length);
        own.push({ ...decided, id, revision: own.length });
        const data = decided.data as unknown as JsonObject;
        return {
          stream: quotaStream(decided.data.period),
          id,
          type: decided.type,
          data,
          metadata: metadata(recordedAt, id),
        };
      }),
    ];
  });
}

function commandOn(today: string, choices: Choices, own: readonly RecordedQuotaEvent[]): QuotaCommand {
  const circumstances = {
    ...{ today, firstPeriod: null, openedIn: null, unknownMunicipalities: [] },
    municipalities: NO_MUNICIPALITIES,
  };
  if (own.length > 0 && choices.oneIn(4)) {
    const { id, data } = choices.of(own);
    return { do: 'retract', period: data.period, eventId: id, reason: 'A mistake', ...circumstances };
  }
  const when = { period: choices.of(PERIODS), occurredOn: addDays(today, -choices.below(40)) };
  const [place, other] = [choices.of(PLACES), choices.of(PLACES)];
  const persons = choices.below(20_000);
  const facts: readonly QuotaFact[] = [
    { type: 'NationalTotalPublished', data: { ...when, kind: choices.of(TOTAL_KINDS), persons, source: null } },
    {
      type: 'QuotaRulesSet',
      data: {
        ...when,
        rounding: choices.of(ROUNDINGS),
        inhabitantsOn: choices.of(['2016-01-01', '2017-01-01']),
        onTrackPercent: choices.below(10),
        reason: null,
      },
    },
    { type: 'OfficialQuotasPublished', data: { ...when, persons: { [place]: choices.below(90) }, source: null } },
    { type: 'QuotaExempted', data: { ...when, municipality: place, reason: 'It hosts a reception centre' } },
    {
      type: 'QuotaTransferred',
      data: { ...when, from: place, to: other, persons: 1 + choices.below(9), reason: null },
    },
    { type: 'OpeningBalancesSet', data: { ...when, arrears: { [place]: choices.below(60) - 20 }, source: null } },
  ];
  return { do: 'record', fact: choices.of(facts), ...circumstances };
}

/** A log with its views, and the answers to questions about the quota. */
async function register() {
  const log = SqliteEventLog.open({ file: ':memory:', mode: 'write' });
  const views = await openViewsInline(partsOn(log), { dir: ':memory:' });
  const knowledge = new QuotaKnowledge(log);
  const heads = new Map<string, StreamHead>();
  return {
    append: async ({ stream, id, type, data, metadata: own }: Appended) => {
      const entry = { id, type, data, metadata: own };
      const { revision, hash } = await log.append(stream, heads.get(stream) ?? 'no-stream', [entry]);
      heads.set(stream, { revision, hash });
    },
    /** What is answered on a day to a question about now, or about a day before. */
    standings: async (today: string, asKnownOn?: string) => {
      await views.caughtUp();
      const questions = new QuotaQuestions(views, log, new FixedDayClock(today), knowledge);
      let realised = 0;
      const all = [];
      for (const period of PERIODS) {
        const answered = await questions.ledgers(period, asKnownOn === undefined ? {} : { asKnownOn });
        const { national, rows, inhabitantsMissing } = standingRows(answered, 'municipality');
        all.push({ period, national, inhabitantsMissing, rows });
        realised = national.realised;
      }
      return { text: JSON.stringify(all), realised };
    },
    close: async () => {
      await views.close();
      await log.close();
    },
  };
}

function partsOn(log: EventLog): ProjectionParts<never, never> {
  const loadOpener = () => Promise.resolve(openPlainly);
  const projections = [realisationProjection];
  return { log, model: caseModel, projections, loadOpener, eventsAtOnce: 100 } as unknown as ProjectionParts<
    never,
    never
  >;
}

describe('The quota as known on a day', () => {
  it(
    'is what was answered on that day, whatever was recorded since',
    async () => {
      let [realised, published, different] = [0, 0, 0];
      await fc.assert(
        fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 900 }), async (seed, count) => {
          const events = randomRegister(seed, count);
          const { append, standings, close } = await register();
          const days = Map.groupBy(events, (event) => amsterdamDay(event.metadata.recordedAt));
          const answered = new Map<string, Awaited<ReturnType<typeof standings>>>();
          for (const [day, own] of [...days].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
            for (const event of own) await append(event);
            if (day > '2000') answered.set(day, await standings(day));
          }
          const answers = new Set<string>();
          for (const [day, answer] of answered) {
            expect((await standings('2018-06-30', day)).text).toBe(answer.text);
            answers.add(answer.text);
            realised += answer.realised;
          }
          different += answers.size;
          published += events.filter(({ stream }) => stream.startsWith(`${QUOTA_CATEGORY}-`)).length;
          await close();
        }),
        { numRuns: RUNS },
      );
      // Otherwise there was nothing that could have changed.
      expect([realised > 0, published > RUNS, different > 1.5 * RUNS]).toEqual([true, true, true]);
    },
    PATIENCE_MS,
  );
});
