import { EXPORTED_ATTRIBUTES, type ExportedCase } from './exported-cases.ts';

export const EXPORT_FORMATS = ['xes', 'ocel', 'csv', 'parquet'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Text of a format, case by case, so that memory does not grow with the cases. `parquet` is made of `csv`. */
export type Writer = (cases: AsyncIterable<ExportedCase>, later: Later) => AsyncGenerator<string>;

/** Takes text that has its place behind all of the cases. */
export interface Later {
  add(text: string): void;
  /** What was added, in that order; nothing is added after it. */
  texts(): AsyncIterable<string>;
}

const XES_HEAD = `<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0" xes.features="">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<global scope="trace"><string key="concept:name" value=""/></global>
<global scope="event"><string key="concept:name" value=""/><date key="time:timestamp" value="1970-01-01T00:00:00Z"/></global>
<classifier name="Activity" scope="event" keys="concept:name"/>
`;

/** IEEE 1849-2016. */
export async function* xes(cases: AsyncIterable<ExportedCase>): AsyncGenerator<string> {
  yield XES_HEAD;
  for await (const { id, attributes, events } of cases) {
    const own = EXPORTED_ATTRIBUTES.filter((name) => attributes[name] !== '').map((name) =>
      xesString(name, attributes[name]),
    );
    const its = events.map(
      ({ activity, time, organisation }) =>
        `<event>${xesString('concept:name', activity)}<date key="time:timestamp" value="${time}"/>${xesString('org:resource', organisation)}</event>\n`,
    );
    yield `<trace>${xesString('concept:name', id)}${own.join('')}\n${its.join('')}</trace>\n`;
  }
  yield '</log>\n';
}

function xesString(key: string, value: string): string {
  return `<string key="${key}" value="${xmlText(value)}"/>`;
}

const XML_ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Characters that XML 1.0 has no way to write are left out. */
function xmlText(value: string): string {
  return (
    value
      // oxlint-disable-next-line no-control-regex -- they are what is looked for
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
      .replaceAll(/[&<>"]/g, (one) => XML_ENTITIES[one]!)
  );
}

export const CSV_COLUMNS = [
  'case:concept:name',
  'concept:name',
  'time:timestamp',
  'org:resource',
  ...EXPORTED_ATTRIBUTES.map((name) => `case:${name}`),
] as const;

/** A row an event, with the attributes of its case. */
export async function* csv(cases: AsyncIterable<ExportedCase>): AsyncGenerator<string> {
  yield csvLine(CSV_COLUMNS);
  for await (const { id, attributes, events } of cases) {
    const own = EXPORTED_ATTRIBUTES.map((name) => attributes[name]);
    yield events
      .map(({ activity, time, organisation }) => csvLine([id, activity, time, organisation, ...own]))
      .join('');
  }
}

function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\n`;
}

const OBJECT_TYPES = [
  {
    name: 'case',
    attributes: EXPORTED_ATTRIBUTES.map((name) => ({ name, type: name === 'householdSize' ? 'integer' : 'string' })),
  },
  { name: 'municipality', attributes: [] },
  { name: 'organisation', attributes: [] },
  { name: 'dwelling', attributes: [] },
];

/** Of an attribute that does not change: the time from which OCEL 2.0 says it holds. */
const ALWAYS = '1970-01-01T00:00:00Z';

/** OCEL 2.0 as JSON: events as they come, objects behind them. A dwelling is offered in one case, so that no object comes twice. */
export async function* ocel(cases: AsyncIterable<ExportedCase>, later: Later): AsyncGenerator<string> {
  const types = new Set<string>();
  const places = { municipality: new Set<string>(), organisation: new Set<string>() };
  let objects = '';
  const addObject = (type: string, id: string, attributes: readonly object[] = []): void => {
    later.add(`${objects}\n${JSON.stringify({ id: `${type}:${id}`, type, attributes, relationships: [] })}`);
    objects = ',';
  };
  let separator = '';
  yield `{"objectTypes":${JSON.stringify(OBJECT_TYPES)},\n"events":[`;
  for await (const { id, attributes, events } of cases) {
    const own = EXPORTED_ATTRIBUTES.filter((name) => attributes[name] !== '');
    addObject(
      'case',
      id,
      own.map((name) => ({ name, time: ALWAYS, value: attributes[name] })),
    );
    for (const dwelling of new Set(events.flatMap((event) => event.dwelling ?? []))) addObject('dwelling', dwelling);
    for (const { id: eventId, activity, time, organisation, municipality, dwelling } of events) {
      types.add(activity);
      const relationships = [{ objectId: `case:${id}`, qualifier: 'of' }];
      if (organisation !== '') {
        places.organisation.add(organisation);
        relationships.push({ objectId: `organisation:${organisation}`, qualifier: 'recorded by' });
      }
      if (municipality !== null) {
        places.municipality.add(municipality);
        relationships.push({ objectId: `municipality:${municipality}`, qualifier: 'in' });
      }
      if (dwelling !== null) relationships.push({ objectId: `dwelling:${dwelling}`, qualifier: 'about' });
      yield `${separator}\n${JSON.stringify({ id: eventId, type: activity, time, attributes: [], relationships })}`;
      separator = ',';
    }
  }
  yield `],\n"eventTypes":${JSON.stringify([...types].sort().map((name) => ({ name, attributes: [] })))},\n"objects":[`;
  for (const [type, ids] of Object.entries(places)) for (const id of ids) addObject(type, id);
  yield* later.texts();
  yield ']}\n';
}
