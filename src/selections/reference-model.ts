import { isDate } from '../event-sourcing/days.ts';
import { QuestionRefused } from './question-refused.ts';

type Among = Readonly<Record<string, readonly string[]>>;

/** What a case should look like: rules over the order of its activities. Activities that no rule names may stand anywhere. */
export interface ReferenceModel {
  readonly name: string;
  readonly version: string;
  /** Cases that begin on this day or later are held against it, until another version holds. */
  readonly holdsFrom: string;
  /** A case begins with one of these. */
  readonly begins?: readonly string[];
  /** Before it ends, a case has come to one of these. */
  readonly ends?: readonly string[];
  /** Step → which may come next, of all steps that are named here; others are passed over. */
  readonly mayFollow?: Among;
  /** Step → one of these has come before it. */
  readonly requires?: Among;
  /** Step → one of these comes after it, sooner or later. */
  readonly leadsTo?: Among;
}

const RULES = ['mayFollow', 'requires', 'leadsTo'] as const;
export const RULE_KINDS = ['begins', 'ends', ...RULES] as const;
export type RuleKind = (typeof RULE_KINDS)[number];
const KEYS: readonly string[] = ['name', 'version', 'holdsFrom', ...RULE_KINDS];
/** Beyond these a model is no model but a log. */
const MOST_RULES = 500;

/** Reads a model that a caller gives as JSON. @throws QuestionRefused */
export function referenceModelOf(given: unknown): ReferenceModel {
  const refused = (why: string): QuestionRefused => new QuestionRefused(`the reference model ${why}`);
  if (!isRecord(given))
    throw refused('must be a JSON object, such as {"name":"permits","version":"1","requires":{"b":["a"]}}');
  const unknown = Object.keys(given).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw refused(`has "${unknown.slice(0, 40)}", which is none of ${KEYS.join(', ')}`);
  const { name, version, holdsFrom = '0001-01-01', begins = [], ends = [] } = given;
  if (typeof name !== 'string' || typeof version !== 'string')
    throw refused('must have a name and a version, as texts');
  if (typeof holdsFrom !== 'string' || !isDate(holdsFrom)) throw refused('must hold from a day, such as "2017-01-01"');
  if (!isNames(begins) || !isNames(ends)) throw refused('must have lists of activities in begins and ends');
  const among = Object.fromEntries(
    RULES.map((rule) => {
      const steps = given[rule] ?? {};
      if (!isRecord(steps) || !Object.values(steps).every(isNames))
        throw refused(`must have a list of activities for each in ${rule}`);
      return [rule, steps as Among];
    }),
  );
  const model: ReferenceModel = { name, version, holdsFrom, begins, ends, ...among };
  const count = rulesOf(model).length;
  if (count === 0) throw refused('has no rule');
  if (count > MOST_RULES) throw refused(`has ${count} rules; more than ${MOST_RULES} are not looked at`);
  return model;
}

/** One rule of a model; `activity` null where it is of the whole case. */
export interface ModelRule {
  readonly rule: RuleKind;
  readonly activity: string | null;
  readonly among: readonly string[];
}

export function rulesOf(model: ReferenceModel): readonly ModelRule[] {
  const { begins = [], ends = [] } = model;
  return [
    ...(begins.length > 0 ? [{ rule: 'begins', activity: null, among: begins } as const] : []),
    ...(ends.length > 0 ? [{ rule: 'ends', activity: null, among: ends } as const] : []),
    ...RULES.flatMap((rule) =>
      Object.entries(model[rule] ?? {}).map(([activity, among]): ModelRule => ({ rule, activity, among })),
    ),
  ];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}
