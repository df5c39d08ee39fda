import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export const EVENTS_A_CASE = 10;

/** Written piece by piece, so that a log may be larger than memory. @returns the file */
export function writtenLog(folder: string, format: string, rows: Generator<string>): string {
  const file = join(folder, `log.${format.toLowerCase()}`);
  const handle = openSync(file, 'w');
  for (const some of rows) writeSync(handle, some);
  closeSync(handle);
  return file;
}

/** Sequences with detours and waits of all lengths, the same in every run. */
function eventOf(at: number, position: number): { activity: string; time: string; resource: string } {
  const noise = ((at * 7_919 + position * 104_729) >>> 0) % 1_000;
  const time = Date.UTC(2016, 0, 1) + at * 300_000 + position * 86_400_000 * 3 + noise * 200_000;
  return {
    activity: `a${noise < 50 ? 11 : position}`,
    time: `${new Date(time).toISOString().slice(0, 23)}+00:00`,
    resource: `r${(at + position * 7) % 60}`,
  };
}

export function* csvRows(cases: number): Generator<string> {
  yield 'case:concept:name,concept:name,time:timestamp,org:resource,case:channel,costs\n';
  for (let at = 0; at < cases; at++) {
    let rows = '';
    for (let position = 0; position < EVENTS_A_CASE; position++) {
      const { activity, time, resource } = eventOf(at, position);
      rows += `case-${at},${activity},${time},${resource},c${at % 3},${position}\n`;
    }
    yield rows;
  }
}

export function* xesRows(cases: number): Generator<string> {
  yield '<?xml version="1.0" encoding="UTF-8"?>\n<log>\n';
  for (let at = 0; at < cases; at++) {
    let rows = `<trace>\n\t<string key="concept:name" value="case-${at}"/>\n\t<string key="channel" value="c${at % 3}"/>\n`;
    for (let position = 0; position < EVENTS_A_CASE; position++) {
      const { activity, time, resource } = eventOf(at, position);
      rows +=
        `\t<event>\n\t\t<string key="concept:name" value="${activity}"/>\n\t\t<date key="time:timestamp" value="${time}"/>\n` +
        `\t\t<string key="org:resource" value="${resource}"/>\n\t\t<int key="costs" value="${position}"/>\n\t</event>\n`;
    }
    yield `${rows}</trace>\n`;
  }
  yield '</log>\n';
}
