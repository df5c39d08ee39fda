import { COHORT_MODES } from '../bottlenecks/cohorts.ts';
import type { MeasureName } from '../bottlenecks/measures.ts';
import { RULE_KINDS } from '../selections/reference-model.ts';
import { NAMES } from './differences.ts';
import { MEASURE_WORDS } from './measure-words.ts';

/** JSON Schema, as OpenAPI has it since 3.1. */
export type Schema = Readonly<Record<string, unknown>>;

const text = { type: 'string' };
const flag = { type: 'boolean' };
const date = { type: 'string', format: 'date' };
const instant = { type: 'string', format: 'date-time' };
const month = { type: 'string', pattern: '^\\d{4}-\\d{2}$' };
const count = { type: 'integer', minimum: 0 };
const number = { type: 'number' };
const length = { type: 'number', minimum: 0 };
const share = { type: 'number', minimum: 0, maximum: 1 };

/** Names that end with a question mark may be absent. */
function object(properties: Readonly<Record<string, Schema>>): Schema {
  const names = Object.keys(properties);
  return {
    type: 'object',
    required: names.filter((name) => !name.endsWith('?')),
    properties: Object.fromEntries(names.map((name) => [name.replace('?', ''), properties[name]])),
  };
}

function rows(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'array', items: object(properties) };
}

function byName(of: Schema): Schema {
  return { type: 'object', additionalProperties: of };
}

function list(of: Schema): Schema {
  return { type: 'array', items: of };
}

/** Null where it is withheld or there is none. */
function orNull(schema: Schema): Schema {
  return { description: 'Null: withheld, or there is none.', ...schema, type: [schema.type, 'null'] };
}

function eachOrNull<K extends string>(schema: Schema, ...names: readonly K[]): Record<K, Schema> {
  return Object.fromEntries(names.map((name) => [name, orNull(schema)])) as Record<K, Schema>;
}

/** What is withheld stands together; null where nothing is. Imported logs are shown whole, and have no such row. */
function together(properties: Readonly<Record<string, Schema>>): Schema {
  return { ...orNull(object(properties)), description: 'Rows that are withheld, together.' };
}

function lengths(...names: readonly string[]): Schema {
  return object(Object.fromEntries(names.map((name) => [name, length])));
}

const waits = object({
  ...{ min: length, mean: length, median: length, p90: length, max: length, sum: length },
  stdev: { ...orNull(length), description: 'Of a sample; null for a single one.' },
});
const spread = lengths('min', 'p25', 'median', 'p75', 'p90', 'p95', 'max', 'mean');
const ages = lengths('min', 'median', 'p85', 'p95', 'max');
const verdicts = eachOrNull(count, 'ok', 'violated', 'pending');
const standings = eachOrNull(
  count,
  'due',
  'late',
  'openOverdue',
  'stoppedLate',
  'notYetDue',
  'stoppedInTime',
  'withoutDue',
);
const days = rows({
  'from?': { ...date, description: 'Of own cases: the first of the days that stand together.' },
  ...{ day: date, opening: count, arrivals: count, departures: count, closing: count },
});
const part = { caseDays: length, share, cases: count };
const otherParts = together({ parts: count, caseDays: length, share });
const heldUp = {
  ...{ caseDays: count, cases: count },
  ...eachOrNull(count, 'waitingCaseDays', 'laterCases', 'open'),
  months: rows({ month, caseDays: count, cases: count }),
  'otherMonths?': together({ months: count, caseDays: count }),
};

/** What each measure answers: of imported logs whole, of own cases with what is withheld null or in `other`. */
export const RESULTS: { readonly [M in MeasureName]: Schema } = {
  dfg: object({
    cases: count,
    events: orNull(count),
    edges: rows({ from: text, to: text, count, seconds: waits }),
    start: byName(count),
    end: byName(count),
    'other?': together({ edges: count, count: orNull(count), start: count, end: count }),
  }),
  throughput: object({ cases: count, seconds: orNull(spread) }),
  lifetime: object({ ...eachOrNull(count, 'cases', 'open', 'censored'), seconds: orNull(spread) }),
  variants: object({
    variants: rows({ activities: list(text), cases: count }),
    'other?': together({ variants: count, cases: count }),
  }),
  rework: byName(object({ cases: count, ...eachOrNull(count, 'selfLoops', 'repetitions'), seconds: length })),
  handover: object({
    steps: count,
    handovers: orNull(count),
    share: orNull(share),
    with: orNull(waits),
    without: orNull(waits),
    pairs: rows({ from: text, to: text, count, seconds: waits }),
    'other?': together({ pairs: count, count }),
  }),
  survival: object({
    cases: count,
    ...eachOrNull(count, 'events', 'censored'),
    curve: rows({ seconds: length, atRisk: count, events: count, survival: share }),
    seconds: orNull(object(eachOrNull(length, 'median', 'p75', 'p90', 'p95'))),
  }),
  aging: object({
    now: instant,
    cases: count,
    seconds: orNull(ages),
    phases: rows({ activity: text, cases: count, seconds: ages, bands: orNull(lengths('p50', 'p85', 'p95')) }),
    'other?': together({ activities: count, cases: orNull(count) }),
  }),
  'on-time': object({ cases: count, ...standings, onTime: orNull(count), share: orNull(share) }),
  flow: object({ phases: rows({ activity: text, days }), 'other?': together({ activities: count }) }),
  arrivals: object({ days }),
  phases: object({
    on: date,
    withoutSuspended: flag,
    phases: rows({
      phase: text,
      ...eachOrNull(count, 'cases', 'runs', 'reached', 'stopped', 'open'),
      seconds: orNull(lengths('min', 'median', 'p75', 'p90', 'p95', 'max', 'mean')),
      ...standings,
      inTime: orNull(count),
      share: orNull(share),
      suspended: orNull(count),
      suspendedSeconds: orNull(length),
    }),
    other: together({ phases: count }),
  }),
  delay: object({
    now: instant,
    total: object({ caseDays: length, cases: count }),
    edges: rows({ from: text, to: orNull(text), ...part }),
    'otherEdges?': otherParts,
    impediments: rows({ code: orNull(text), ...part }),
    'otherImpediments?': otherParts,
    owners: rows({ owner: orNull(text), ...part }),
    'otherOwners?': otherParts,
    suspendedCaseDays: orNull(length),
    withoutSuspended: flag,
  }),
  impediments: object({
    on: date,
    total: object(heldUp),
    codes: rows({ code: text, ...heldUp }),
    otherCodes: orNull(count),
    owners: rows({ owner: text, ...heldUp }),
    otherOwners: orNull(count),
    phases: rows({ phase: orNull(text), ...heldUp }),
    otherPhases: orNull(count),
  }),
  conformance: object({
    cases: orNull(count),
    ...verdicts,
    earlier: orNull(count),
    models: rows({
      ...{ name: text, version: text, holdsFrom: date, cases: count },
      ...verdicts,
      unknown: list(text),
      rules: rows({
        rule: { enum: RULE_KINDS },
        activity: orNull(text),
        among: list(text),
        ...verdicts,
        seconds: orNull(object({ with: orNull(length), without: orNull(length), extra: orNull(number) })),
        ended: orNull(object({ with: count, without: count })),
      }),
    }),
  }),
  cohorts: object({
    mode: { enum: COHORT_MODES },
    cohorts: rows({
      month,
      cases: count,
      ...eachOrNull(count, 'ended', 'censored'),
      seconds: orNull(object(eachOrNull(length, 'median', 'p75', 'p90'))),
      open: object(eachOrNull(share, '8', '14', '26', '52')),
    }),
    'other?': together({ cohorts: count, cases: orNull(count) }),
    without: orNull(count),
  }),
};

/** What `differences` makes of two results: every number that both show, and rows that both have, by their names. */
function differencesIn(schema: Schema): Schema | undefined {
  const { type, properties, additionalProperties, items } = schema as Described;
  const kind = [type].flat()[0];
  if (kind === 'integer' || kind === 'number') return { type: kind };
  if (kind === 'array') {
    const named = Object.entries(items?.properties ?? {}).filter(([name, of]) => isName(name, of));
    const row = named.length === 0 ? undefined : differencesIn(items!);
    return (
      row && {
        type: 'array',
        items: {
          ...row,
          required: requiredIn(items!, named),
          properties: { ...Object.fromEntries(named), ...(row.properties as object) },
        },
      }
    );
  }
  if (additionalProperties !== undefined) {
    const each = differencesIn(additionalProperties);
    return each && { type: 'object', additionalProperties: each };
  }
  if (properties === undefined) return undefined;
  const parts = Object.entries(properties).flatMap(([name, of]) => {
    const part = differencesIn(of);
    return part === undefined ? [] : [[name, part]];
  });
  return { type: 'object', required: [], properties: Object.fromEntries(parts) as object };
}

interface Described {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema;
  readonly items?: Schema & Described;
}

function isName(name: string, { type, enum: values }: Schema): boolean {
  return NAMES.includes(name) && (values !== undefined || !['integer', 'number'].includes([type].flat()[0] as string));
}

function requiredIn({ required = [] }: Described, named: readonly (readonly [string, Schema])[]): readonly string[] {
  return named.map(([name]) => name).filter((name) => required.includes(name));
}

export const DIFFERENCES = Object.fromEntries(
  Object.entries(RESULTS).map(([measure, schema]) => [measure, differencesIn(schema)!]),
) as { readonly [M in MeasureName]: Schema };

/** `on-time` → `OnTimeResult`. */
function nameOf(measure: string, what: 'Result' | 'Differences'): string {
  const words = measure.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join('')}${what}`;
}

/** By the names that they have in the document. */
export const RESULT_SCHEMAS: Readonly<Record<string, Schema>> = Object.fromEntries(
  Object.entries(RESULTS).map(([measure, schema]) => [
    nameOf(measure, 'Result'),
    { description: MEASURE_WORDS[measure as MeasureName].definition, ...schema },
  ]),
);
export const COMPARISON_SCHEMAS: Readonly<Record<string, Schema>> = {
  ...RESULT_SCHEMAS,
  ...Object.fromEntries(
    Object.entries(DIFFERENCES).map(([measure, schema]) => [
      nameOf(measure, 'Differences'),
      { description: 'Second less first; what one of both does not show is absent.', ...schema },
    ]),
  ),
};

/** That an answer has the result of its measure, or the differences between two, where `within` tells what stands around them. */
export function ofItsMeasure(within: (result: Schema, differences: Schema) => Schema): Schema {
  const orNone = (name: string): Schema => ({ anyOf: [{ $ref: `#/components/schemas/${name}` }, { type: 'null' }] });
  const answers = Object.keys(RESULTS).map((measure) => ({
    title: measure,
    properties: {
      measure: { const: measure },
      ...within(orNone(nameOf(measure, 'Result')), orNone(nameOf(measure, 'Differences'))),
    },
  }));
  return { oneOf: answers };
}
