/** Which columns of a CSV file (keys of a XES) hold what. Those that are not named are found by the names the field uses. */
export interface LogMapping {
  readonly caseColumn?: string;
  readonly activityColumn?: string;
  /** When the event was complete. */
  readonly timeColumn?: string;
  readonly startColumn?: string;
  readonly resourceColumn?: string;
  /** How times are written, as strptime has it (`%d-%m-%Y %H:%M`); by default as ISO 8601. */
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
