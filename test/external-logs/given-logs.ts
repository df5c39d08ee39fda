import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnalyticStore } from '../../src/analytic-store/analytic-store.ts';
import { importLog, type EventFault, type ImportedLog } from '../../src/external-logs/import-log.ts';
import type { LogMapping } from '../../src/external-logs/log-mapping.ts';

/** A folder with logs in it, gone when it is disposed of. */
export class GivenLogs implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'woonspoor-logs-'));
  readonly target = join(this.folder, 'log.duckdb');
  readonly faults: EventFault[] = [];

  file(name: string, content: string | Buffer): string {
    const file = join(this.folder, name);
    writeFileSync(file, content);
    return file;
  }

  imported(name: string, content: string | Buffer, mapping: LogMapping = {}): Promise<ImportedLog> {
    return importLog({
      file: this.file(name, content),
      target: this.target,
      mapping,
      onFaults: (found) => this.faults.push(...found),
    });
  }

  store(): Promise<AnalyticStore> {
    return AnalyticStore.openToRead(this.target);
  }

  /** `case activity time` of every event, in the order in which they are kept. */
  async events(): Promise<string[]> {
    await using store = await this.store();
    const rows = await store.rows<{ text: string }>(
      `select concat_ws(' ', id, name, strftime(event.completed, '%Y-%m-%dT%H:%M:%S.%gZ')) as text
      from event join cases using (case_no) join activity using (activity) order by case_no, position`,
    );
    return rows.map(({ text }) => text);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A trace of a XES: its name and its events, each an activity and a time. */
export function trace(
  name: string,
  ...events: readonly (readonly [activity: string, time: string, more?: string])[]
): string {
  return `<trace><string key="concept:name" value="${name}"/>${events
    .map(
      ([activity, time, more = '']) =>
        `\n<event><string key="concept:name" value="${activity}"/><date key="time:timestamp" value="${time}"/>${more}</event>`,
    )
    .join('')}\n</trace>\n`;
}

export function xes(...traces: readonly string[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="1849-2016">\n<global scope="event"><string key="concept:name" value="?"/></global>\n${traces.join('')}</log>\n`;
}
