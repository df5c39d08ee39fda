import { sumOf } from './counted.ts';
import { JOURNEY_MODELS } from './journey-models.ts';
import { judgedVariantsSql } from './judged-variants.ts';
import { Lengths, medianOfAll } from './lengths.ts';
import { rulesOf, type ModelRule, type ReferenceModel } from '../selections/reference-model.ts';
import { activityNames } from '../selections/names-in-log.ts';
import { QuestionRefused } from '../selections/question-refused.ts';
import type { Selection } from '../selections/selection.ts';

export interface Verdicts {
  readonly ok: number;
  readonly violated: number;
  /** Still open, and what it owes may yet come: an open case misses nothing. */
  readonly pending: number;
}

/** How cases stand towards one rule: only those to which it applies, in which its step stands. */
export interface RuleConformance extends ModelRule, Verdicts {
  /**
   * Median time from beginning to end of the cases that ended, of those that break the rule and of all others; null where there are
   * none. It says that they go together, not that one makes the other.
   */
  readonly seconds: { readonly with: number | null; readonly without: number | null; readonly extra: number | null };
  /** How many cases those medians are of. */
  readonly ended: { readonly with: number; readonly without: number };
}

export interface Conformance extends Verdicts {
  readonly cases: number;
  /** Cases that began before any version held, and are not judged. */
  readonly earlier: number;
  /** One for each version that a case was held against, by the day on which it began. */
  readonly models: readonly (Verdicts & {
    readonly name: string;
    readonly version: string;
    readonly holdsFrom: string;
    readonly cases: number;
    /** Activities of the model that no case of the log has ever had. */
    readonly unknown: readonly string[];
    /** Most violations first. */
    readonly rules: readonly RuleConformance[];
  })[];
}

/** Cases that stand alike towards every rule of a model. */
interface Alike {
  /** A letter a rule, as of `judgedVariantsSql`. */
  readonly standing: string;
  readonly n: number;
  /** How long those took that ended as they should. */
  readonly ended: Lengths;
}

/**
 * Holds cases against a reference model: the events of each that had started by now. What a rule says of a case depends on the
 * sequence of its activities alone, and on whether it is open: so rules are looked at once a variant, and once for each beginning
 * of one at which cases stood now that have gone on since.
 * @throws QuestionRefused
 */
export async function conformance(selection: Selection): Promise<Conformance> {
  const { model } = selection.question;
  return await heldAgainst(selection, model === undefined ? ownModels(selection) : [model]);
}

/** @param models versions, by the day from which they hold */
export async function heldAgainst(selection: Selection, models: readonly ReferenceModel[]): Promise<Conformance> {
  const names = await activityNames(selection.store);
  const found: Conformance['models'][number][] = [];
  await takeGoneOn(selection);
  for (const version of versionsOf(models)) {
    const { model, rules } = version;
    const alike = await alikeOf(selection, version, names);
    if (alike.length === 0 && models.length > 1) continue;
    const mentioned = new Set(
      rules.flatMap(({ activity, among }) => (activity === null ? among : [activity, ...among])),
    );
    found.push({
      name: model.name,
      version: model.version,
      holdsFrom: model.holdsFrom,
      ...verdictsOf(alike),
      unknown: [...mentioned].filter((one) => !names.has(one)).sort(),
      rules: rules
        .map((rule, at) => ({ ...rule, ...ruleVerdicts(alike, at) }))
        .toSorted((one, other) => other.violated - one.violated),
    });
  }
  const { earlier } = await selection.row<{ earlier: number }>(
    `select count(*) as earlier from (${await earlierSql(selection, models)})`,
  );
  const sum = (key: 'cases' | keyof Verdicts): number => found.reduce((total, one) => total + one[key], 0);
  return {
    cases: sum('cases'),
    ok: sum('ok'),
    violated: sum('violated'),
    pending: sum('pending'),
    earlier,
    models: found,
  };
}

/** Cases of a verdict; of those held against one version, and of what one of its rules says of them. */
export interface Judged {
  /** `with`, `without`: cases that ended, of those that break the rule and of all others. */
  readonly verdict?: keyof Verdicts | 'earlier' | 'with' | 'without';
  readonly version?: string;
  readonly rule?: Pick<ModelRule, 'rule' | 'activity'>;
}

/**
 * A query with a row for each: case_no; us, how long it took or has taken.
 * @throws QuestionRefused where there is no such version or rule
 */
export async function judgedSql(selection: Selection, { verdict, version, rule }: Judged): Promise<string> {
  const { model } = selection.question;
  const models = model === undefined ? ownModels(selection) : [model];
  if (verdict === 'earlier') return await earlierSql(selection, models);
  const names = await activityNames(selection.store);
  const held = versionsOf(models).filter((one) => version === undefined || one.model.version === version);
  if (held.length === 0) throw new QuestionRefused(`the model has no version "${version}"`);
  const queries = held.map(async (one) => {
    const at = one.rules.findIndex((its) => its.rule === rule?.rule && its.activity === rule.activity);
    if (rule !== undefined && at < 0) throw new QuestionRefused('the model has no such rule');
    const letters = rule === undefined ? 'standing' : `standing[${at + 1}]`;
    const isOfThose = rule === undefined || verdict === 'with' || verdict === 'without' ? 'true' : `${letters} <> 'n'`;
    return `select case_no, age as us from (${await heldSql(selection, one, names)})
      where ${isOfThose} and ${conditionOf(letters, verdict)}`;
  });
  return (await Promise.all(queries)).join(' union all ');
}

function conditionOf(letters: string, verdict: Exclude<Judged['verdict'], 'earlier'>): string {
  const violated = `contains(${letters}, 'v')`;
  const owed = `contains(${letters}, 'p')`;
  switch (verdict) {
    case undefined:
      return 'true';
    case 'ok':
      return `not ${violated} and not ${owed}`;
    case 'violated':
      return violated;
    case 'pending':
      return `not ${violated} and ${owed}`;
    case 'with':
      return `us is not null and ${violated}`;
    case 'without':
      return `us is not null and not ${violated}`;
  }
}

function ownModels(selection: Selection): readonly ReferenceModel[] {
  if (selection.ofOwnCases) return JOURNEY_MODELS;
  throw new QuestionRefused((words) => `a log is held against a reference model: give one (${words('model')})`);
}

/** A version, with the time for which it holds. */
interface Version {
  readonly model: ReferenceModel;
  readonly rules: readonly ModelRule[];
  readonly from: string;
  readonly until: string;
}

function versionsOf(models: readonly ReferenceModel[]): readonly Version[] {
  return models.map((model, index) => ({
    model,
    rules: rulesOf(model),
    from: model.holdsFrom,
    until: models[index + 1]?.holdsFrom ?? '9999-12-31',
  }));
}

/** A query with a row for each case that began before any version held: case_no; us, how long it took or has taken. */
async function earlierSql(selection: Selection, models: readonly ReferenceModel[]): Promise<string> {
  const now = await selection.now();
  return `select case_no, epoch_us(least(ended, censored, ${now})) - epoch_us(began) as us
    from (${await selection.lifetimes(`greatest(began, started) <= ${now} and began < timestamp '${models[0]!.holdsFrom}'`)})`;
}

/**
 * Makes `gone_on`, cases that have gone on since now, and `beginning`, the sequences that they had by then: numbered below 0, as
 * variants are from 0 on. Events are in the order of their starts, so that those up to now are the first of their case.
 */
async function takeGoneOn(selection: Selection): Promise<void> {
  const now = await selection.now();
  await selection.run(`
    create or replace temp table further as
    select case_no, variant, count(*) as events
    from ${selection.table('event')} as event join (
      select case_no, variant from ${selection.from('cases')} ${selection.where('cases', `completed > ${now}`)}
    ) later using (case_no)
    where event.started <= ${now} group by case_no, variant`);
  await selection.run(`
    create or replace temp table beginning as
    select whole, events, activities, -dense_rank() over (order by activities) as variant from (
      select variant as whole, further.events, activities[:further.events] as activities
      from (select distinct variant, events from further) further join variant using (variant)
    )`);
  await selection.run(`
    create or replace temp table gone_on as
    select case_no, beginning.variant from further join beginning on whole = further.variant and beginning.events = further.events`);
}

async function alikeOf(
  selection: Selection,
  version: Version,
  names: ReadonlyMap<string, number>,
): Promise<readonly Alike[]> {
  // By number, as comparing texts takes longer than all the rest.
  await takeJudged(selection, version, names);
  const kinds = await selection.rows<{ number: number; kept: string }>('select distinct number, kept from judged');
  // Own cases took whole days, and many of them as many; each case of a log took a time of its own.
  const [n, group] = selection.ofOwnCases ? ['count(*)', 'group by all'] : ['1', ''];
  // One number for both, as every column by which cases are put together takes its time.
  const [keys, us, counts] = await selection.doubles(
    `select key::double, coalesce(us::double, 'nan') as us, n::double from (
      select (number * 2 + open::integer)::integer as key, us, ${n} as n from (${await casesSql(selection, version)}) ${group}
    ) order by us`,
  );
  const kept = new Map(kinds.map((kind) => [kind.number, kind.kept]));
  const groups = new Map<number, { standing: string; n: number; ended: Lengths }>();
  for (const [at, key] of (keys ?? []).entries()) {
    const isOpen = key % 2 === 1;
    const letters = kept.get(Math.floor(key / 2))!;
    const alike = groups.get(key) ?? {
      standing: isOpen ? letters : letters.replaceAll('p', 'v'),
      n: 0,
      ended: new Lengths(),
    };
    groups.set(key, alike);
    alike.n += counts![at]!;
    if (!Number.isNaN(us![at]!)) alike.ended.add(us![at]!, counts![at]!);
  }
  return [...groups.values()];
}

/** What is owed, a case that has ended has broken. */
const STANDING = `if(open, kept, replace(kept, 'p', 'v'))`;

/** A query with a row for each case that is held against a version: case_no, standing, us; and age, how long it took or has taken. */
async function heldSql(selection: Selection, version: Version, names: ReadonlyMap<string, number>): Promise<string> {
  return `select case_no, us, age, ${STANDING} as standing
    from (${await casesSql(selection, version, `(${judgedVariantsSql(sequencesSql(selection), version, names)})`)})`;
}

/** Sequences of the selected cases, and the beginnings of some that `takeGoneOn` has left. */
function sequencesSql(selection: Selection): string {
  // Variants are put together before they are joined: to look up those of all cases takes several times as long.
  return `select variant, activities from variant join (select variant from ${selection.from('cases')} group by variant) used using (variant)
    union all select distinct variant, activities from beginning`;
}

/** Makes `judged`, each sequence with the letters that rules give it. */
function takeJudged(selection: Selection, version: Version, names: ReadonlyMap<string, number>): Promise<void> {
  return selection.run(
    `create or replace temp table judged as ${judgedVariantsSql(sequencesSql(selection), version, names)}`,
  );
}

/** A query with a row for each case that is held against a version, with the letters of its sequence. */
async function casesSql(selection: Selection, { from, until }: Version, judged = 'judged'): Promise<string> {
  const now = await selection.now();
  const isHeld = `greatest(began, started) <= ${now} and began >= timestamp '${from}' and began < timestamp '${until}'`;
  return `select case_no, kept, number, open, case when not open and ended <= ${now} then epoch_us(ended) - epoch_us(began) end as us,
      epoch_us(least(ended, censored, ${now})) - epoch_us(began) as age
    from (
      select case_no, coalesce(gone_on.variant, lifetimes.variant) as variant, began, ended, censored,
        coalesce(least(ended, censored) > ${now}, true) as open
      from (${await selection.lifetimes(isHeld)}) lifetimes left join gone_on using (case_no)
    ) lifetime join ${judged} judged using (variant)`;
}

function verdictsOf(alike: readonly Alike[]): Verdicts & { readonly cases: number } {
  const counts = { cases: 0, ok: 0, violated: 0, pending: 0 };
  for (const { standing, n } of alike) {
    counts.cases += n;
    if (standing.includes('v')) counts.violated += n;
    else if (standing.includes('p')) counts.pending += n;
    else counts.ok += n;
  }
  return counts;
}

function ruleVerdicts(alike: readonly Alike[], at: number): Verdicts & Pick<RuleConformance, 'seconds' | 'ended'> {
  const counts = { ok: 0, violated: 0, pending: 0 };
  const took: Record<'with' | 'without', Lengths[]> = { with: [], without: [] };
  for (const { standing, n, ended } of alike) {
    const letter = standing[at];
    if (letter === 'v') counts.violated += n;
    else if (letter === 'p') counts.pending += n;
    else if (letter === 'o') counts.ok += n;
    took[letter === 'v' ? 'with' : 'without'].push(ended);
  }
  const [withIt, without] = [medianOf(took.with), medianOf(took.without)];
  const extra = withIt === null || without === null ? null : withIt - without;
  return {
    ...counts,
    seconds: { with: withIt, without, extra },
    ended: { with: sumOf(took.with, ({ count }) => count), without: sumOf(took.without, ({ count }) => count) },
  };
}

/** In seconds, interpolated. */
function medianOf(all: readonly Lengths[]): number | null {
  const us = medianOfAll(all);
  return us === null ? null : us / 1e6;
}
