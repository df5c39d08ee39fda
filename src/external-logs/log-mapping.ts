/** Which columns of a CSV file (keys of a XES) hold what. Those that are not named are found by the names the field uses. */
export interface LogMapping {
  readonly caseColumn?: string;
  readonly activityColumn?: string;
  /** When the event was complete. */
  readonly timeColumn?: string;
  readonly startColumn?: string;
  readonly resourceColumn?: string;
  /** How times are written, as strptime has it (`%d-%m-%Y %H:%M`), or one of `EPOCHS`; by default as ISO 8601. */
  readonly timeFormat?: string;
  readonly delimiter?: string;
  readonly quote?: string;
  readonly encoding?: string;
}

/** Names under which a column is known, in the order in which they are looked for; compared without case and punctuation. */
export const KNOWN_NAMES = {
  caseColumn: ['case:concept:name', 'case', 'case id', 'caseid', 'case number', 'trace id', 'zaaknummer', 'zaak'],
  activityColumn: ['concept:name', 'activity', 'activity name', 'event', 'task', 'activiteit', 'stap'],
  timeColumn: [
    'time:timestamp',
    'timestamp',
    'complete timestamp',
    'completed',
    'end timestamp',
    'time',
    'datetime',
    'date',
    'tijdstip',
    'datum',
  ],
  startColumn: ['start_timestamp', 'start timestamp', 'started', 'start time'],
  resourceColumn: ['org:resource', 'resource', 'user', 'medewerker'],
} as const;

export type MappedColumn = keyof typeof KNOWN_NAMES;

/** The option of the command line by which a column is named. */
export const COLUMN_OPTIONS: Readonly<Record<MappedColumn, string>> = {
  caseColumn: '--case-column',
  activityColumn: '--activity-column',
  timeColumn: '--time-column',
  startColumn: '--start-column',
  resourceColumn: '--resource-column',
};

export const XES_KEYS: Readonly<Record<MappedColumn, string>> = {
  caseColumn: 'concept:name',
  activityColumn: 'concept:name',
  timeColumn: 'time:timestamp',
  startColumn: 'start_timestamp',
  resourceColumn: 'org:resource',
};

export function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** Formats of times that are numbers: so much is counted since 1970-01-01T00:00Z. Microseconds in one of it, and its decimals. */
export const EPOCHS: Readonly<Record<string, { readonly us: number; readonly decimals: number }>> = {
  'epoch-seconds': { us: 1_000_000, decimals: 6 },
  'epoch-milliseconds': { us: 1_000, decimals: 3 },
};

/** What the engine reads of times, without the sign that no zero comes before a number. */
const PARTS_OF_TIMES = 'aAbBcdfgGhHIjmMnpSTuUVwWxXyYzZ%';
const WITH_A_YEAR = /%-?[YyGcx]/;

/** What is wrong with a mapping, whatever the file: a sentence each. */
export function mappingFaults({ timeFormat, delimiter, quote }: LogMapping): string[] {
  const faults: string[] = [];
  if (timeFormat !== undefined && !Object.hasOwn(EPOCHS, timeFormat)) {
    const known = Object.keys(EPOCHS).join(' and ');
    const parts = [...timeFormat.matchAll(/%-?(.?)/gs)];
    const unknown = parts.find(([, part]) => part === '' || !PARTS_OF_TIMES.includes(part!));
    if (unknown !== undefined) {
      faults.push(
        `--time-format has "${unknown[0]}", which is no part of a time: write it as in %d-%m-%Y %H:%M:%S; for numbers there are ${known}`,
      );
    } else if (!WITH_A_YEAR.test(timeFormat)) {
      faults.push(`--time-format tells no year: write it as in %d-%m-%Y %H:%M; for numbers there are ${known}`);
    }
  }
  if (delimiter !== undefined && !/^[^\r\n]$/u.test(delimiter)) faults.push('--delimiter must be one character');
  if (quote !== undefined && !/^[!-~]?$/.test(quote)) faults.push('--quote must be one character of ASCII, or empty');
  if (delimiter !== undefined && delimiter === quote) faults.push('--delimiter and --quote must differ');
  return faults;
}
