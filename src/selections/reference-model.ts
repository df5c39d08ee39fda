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

/** What is wrong in a model, and where: a JSON pointer (RFC 6901), as a fragment. */
export interface ModelFault {
  readonly pointer: string;
  readonly says: string;
}

/** What is wrong with a model that a caller gives as JSON; nothing: `referenceModelOf` reads it. */
export function modelFaults(given: unknown): readonly ModelFault[] {
  if (!isRecord(given))
    return [fault('', 'must be a JSON object, such as {"name":"permits","version":"1","ends":["b"]}')];
  const faults = Object.keys(given)
    .filter((key) => !KEYS.includes(key))
    .map((key) => fault(key, `is none of ${KEYS.join(', ')}`));
  for (const key of ['name', 'version']) if (typeof given[key] !== 'string') faults.push(fault(key, 'must be a text'));
  const { holdsFrom = EVER } = given;
  if (typeof holdsFrom !== 'string' || !isDate(holdsFrom))
    faults.push(fault('holdsFrom', 'must be a day, such as 2017-01-01'));
  for (const key of ['begins', 'ends'])
    if (given[key] !== undefined && !isNames(given[key]))
      faults.push(fault(key, 'must be a list of names of activities'));
  for (const rule of RULES) {
    const { [rule]: steps = {} } = given;
    if (!isRecord(steps)) faults.push(fault(rule, 'must be an object with a list of names of activities for each'));
    for (const [activity, among] of Object.entries(isRecord(steps) ? steps : {}))
      if (!isNames(among))
        faults.push(fault(`${rule}/${inPointer(activity)}`, 'must be a list of names of activities'));
  }
  if (faults.length > 0) return faults;
  const count = rulesOf(given as unknown as ReferenceModel).length;
  if (count === 0) return [fault('', `must have a rule: ${RULE_KINDS.join(', ')}`)];
  return count > MOST_RULES ? [fault('', `has ${count} rules; more than ${MOST_RULES} are not looked at`)] : [];
}

/** @throws QuestionRefused that names every fault with its place */
export function referenceModelOf(given: unknown): ReferenceModel {
  const faults = modelFaults(given);
  if (faults.length > 0) {
    const told = faults.slice(0, MOST_TOLD).map(({ pointer, says }) => `${pointer} ${says}`);
    throw new QuestionRefused((words) => `the reference model (${words('model')}) has faults: ${told.join('; ')}`);
  }
  const { holdsFrom = EVER, ...model } = given as Omit<ReferenceModel, 'holdsFrom'> & { readonly holdsFrom?: string };
  return { ...model, holdsFrom };
}

function inPointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

const MOST_TOLD = 10;
const EVER = '0001-01-01';

function fault(path: string, says: string): ModelFault {
  return { pointer: path === '' ? '#' : `#/${path}`, says };
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
