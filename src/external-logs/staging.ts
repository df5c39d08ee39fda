import { sqlText } from '../analytic-store/sql-text.ts';
import type { AnalyticStore } from '../analytic-store/analytic-store.ts';
import { LogFaulty } from './log-faulty.ts';
import { EPOCHS, XES_KEYS, type LogMapping } from './log-mapping.ts';

/**
 * Rows as they were read, before it is known that they can be kept; in memory, and on disk where that does not suffice: packing them
 * as a file does took longer than reading them. Every event names its trace by number or by the id of its case, has a place in its
 * file (an offset or the number of its record), and what its texts were read as.
 */
export const STAGING_SQL = `
  create table staging.trace (trace bigint, place bigint, id varchar);
  create table staging.event (
    trace bigint, place bigint, id varchar, activity varchar, resource varchar,
    completed timestamp, completed_zoned boolean, completed_given boolean,
    started timestamp, started_zoned boolean, started_given boolean
  );
  create table staging.attribute (column_name varchar, of_case boolean, key varchar);`;

/** SQL names of what stands in a row of a file; undefined where it has none. */
export interface RowColumns {
  readonly id?: string;
  readonly activity?: string | undefined;
  readonly resource?: string | undefined;
  readonly completed?: string | undefined;
  readonly started?: string | undefined;
}

/** What `staging.event` has of a row, as a list of SQL expressions with names. */
export function eventExpressions(columns: RowColumns, timeFormat: string | undefined): string {
  const time = (name: string, column: string | undefined): string =>
    column === undefined
      ? `null::timestamp as ${name}, null::boolean as ${name}_zoned, false as ${name}_given`
      : `${inRange(timeOf(column, timeFormat))} as ${name}, ${zonedOf(column, timeFormat)} as ${name}_zoned, ${column} is not null as ${name}_given`;
  return [
    `${columns.id ?? 'null::varchar'} as id`,
    `${columns.activity ?? 'null::varchar'} as activity`,
    `${columns.resource ?? 'null::varchar'} as resource`,
    time('completed', columns.completed),
    time('started', columns.started),
  ].join(', ');
}

/** Years in which nanoseconds fit, as other tools count them: what lies outside stands for no time, or was read by the wrong format. */
function inRange(time: string): string {
  return `case when ${time} between timestamp '1678-01-01' and timestamp '2262-01-01' then ${time} end`;
}

/** The engine wants seconds where a zone follows; ISO 8601 does not. */
function timeOf(column: string, format: string | undefined): string {
  if (format === undefined) {
    const withSeconds = `regexp_replace(${column}, '([T ]\\d\\d:\\d\\d)( ?UTC|Z|[+-])', '\\1:00\\2')`;
    return `make_timestamp(epoch_us(coalesce(try_cast(${column} as timestamptz), try_cast(${withSeconds} as timestamptz))))`;
  }
  const epoch = EPOCHS[format];
  if (epoch === undefined) return `make_timestamp(epoch_us(try_strptime(${column}, ${sqlText(format)})))`;
  return `make_timestamp((try_cast(${column} as decimal(18, ${epoch.decimals}))::decimal(38, 6) * ${epoch.us})::bigint)`;
}

/** A zone stands after the date, which has dashes of its own. */
function zonedOf(column: string, format: string | undefined): string {
  if (format !== undefined) return String(Object.hasOwn(EPOCHS, format) || /%z/i.test(format.replaceAll('%%', '')));
  // Most have an offset, of which the sign has a place of its own.
  return `case when ${column}[-6] in ('+', '-') and length(${column}) > 16 then true else (contains(substr(${column}, 11), '+') or contains(substr(${column}, 11), '-') or suffix(upper(${column}), 'Z') or suffix(upper(${column}), 'UTC')) end`;
}

/** A table has a column for each. */
const MOST_ATTRIBUTES = 500;

/** Columns for attributes, named as they are first seen. */
export class AttributeColumns {
  readonly #store: AnalyticStore;
  readonly #ofCase: boolean;
  readonly #names = new Map<string, string>();

  constructor(store: AnalyticStore, ofCase: boolean) {
    this.#store = store;
    this.#ofCase = ofCase;
  }

  get names(): readonly string[] {
    return [...this.#names.values()];
  }

  /** @throws LogFaulty if there are too many */
  async nameOf(key: string): Promise<string> {
    let name = this.#names.get(key);
    if (name === undefined) {
      if (this.#names.size === MOST_ATTRIBUTES) {
        const whose = this.#ofCase ? 'cases' : 'events';
        throw new LogFaulty(
          `its ${whose} have more than ${MOST_ATTRIBUTES} different attributes: leave out those that nothing is asked of`,
        );
      }
      name = `${this.#ofCase ? 'c' : 'e'}${this.#names.size}`;
      this.#names.set(key, name);
      await this.#store.run(`alter table staging.${this.#ofCase ? 'trace' : 'event'} add column ${name} varchar`);
      await this.#store.run('insert into staging.attribute values ($1, $2, $3)', [name, this.#ofCase, key]);
    }
    return name;
  }
}

export function xesKeys(mapping: LogMapping): Readonly<Record<keyof typeof XES_KEYS, string>> {
  const given = Object.entries(mapping).filter(([name, value]) => name in XES_KEYS && value !== undefined);
  return { ...XES_KEYS, ...Object.fromEntries(given) };
}
