import { isOwnDate } from '../analytic-store/event-tables.ts';
import { PHASES } from '../analytic-store/own-columns.ts';
import { JOURNEY_MODELS } from '../bottlenecks/journey-models.ts';
import type { MeasureName } from '../bottlenecks/measures.ts';
import { isDate } from '../event-sourcing/days.ts';
import { CHANNELS, IMPEDIMENTS, NORM_TERMS, PARTIES, PERMIT_TYPES } from '../journey/cases.events.ts';
import { PROVINCES } from '../reference/reference.events.ts';
import type { ReferenceReading } from '../reference/reference-reading.ts';
import type { Filter } from '../selections/question.ts';
import { QuestionRefused } from '../selections/question-refused.ts';
import { rulesOf } from '../selections/reference-model.ts';
import { NONE, nameOf, type Part } from './part.ts';

const CODES = Object.keys(IMPEDIMENTS);
/** Cases stand in them; the whole is no place to stand in. */
const STANDINGS = PHASES.filter((phase) => phase !== 'WHOLE');

const VALUES: Readonly<Record<string, readonly string[]>> = {
  channel: CHANNELS,
  permitType: PERMIT_TYPES,
  province: [...PROVINCES.keys()],
  impediment: CODES,
};

/**
 * A condition on own cases that no case can meet, whichever there are: it says nothing of them to tell so.
 * @throws QuestionRefused
 */
export function refuseImpossible(filters: readonly Filter[], { reference, parked }: ReferenceReading): void {
  for (const { key: name, values } of filters) {
    const key = name.replace(/^case:/, '');
    for (const value of values) {
      if (key in VALUES) among(key, value, VALUES[key]!);
      if (key === 'householdSize' && !/^([1-9]?\d|100)$/.test(value))
        throw new QuestionRefused(`householdSize must be a whole number from 0 to 100; "${value}" is none`);
      if (isOwnDate(key) && !isDate(value))
        throw new QuestionRefused(`${key} must be a day, such as 2017-03-31; "${value}" is none`);
      // One that went up in another is known too. What a newer program listed cannot be read here, and is not denied.
      if (key === 'municipality' && parked === null && reference.municipality(value) === undefined) {
        throw new QuestionRefused(
          `municipality must be the code of one that exists or existed, such as GM0363 (/v1/municipalities lists them); "${value}" is none`,
        );
      }
    }
  }
}

const POSSIBLE: { readonly [M in MeasureName]?: { readonly [P in keyof Part]?: readonly string[] } } = {
  aging: { activity: STANDINGS },
  flow: { activity: STANDINGS },
  phases: { phase: PHASES },
  delay: { code: [...CODES, NONE], owner: [...PARTIES, NONE] },
  impediments: { code: CODES, owner: PARTIES, phase: [...NORM_TERMS, NONE] },
  conformance: { version: JOURNEY_MODELS.map(({ version }) => version) },
};

/** The same of a number of own cases that is looked behind. @throws QuestionRefused */
export function refuseImpossiblePart(measure: MeasureName, part: Part): void {
  for (const [name, values] of Object.entries(POSSIBLE[measure] ?? {})) {
    const value = part[name as keyof Part];
    if (typeof value === 'string') among(name, value, values);
  }
  const { rule, version, activity = NONE } = part;
  if (measure !== 'conformance' || rule === undefined) return;
  const rules = rulesOf(JOURNEY_MODELS.find((model) => model.version === version)!).filter((one) => one.rule === rule);
  if (rules.some((one) => one.activity === nameOf(activity))) return;
  const has = rules.map((one) => one.activity ?? NONE).join(', ');
  throw new QuestionRefused(`version ${version} has no rule ${rule} for ${activity}; it has one for ${has}`);
}

function among(name: string, value: string, values: readonly string[]): void {
  if (values.includes(value)) return;
  throw new QuestionRefused(`${name} must be one of ${values.join(', ')}; "${value}" is none`);
}
