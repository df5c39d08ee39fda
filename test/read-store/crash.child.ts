import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.ts';
import { openViewsInline } from '../../src/read-store/open-views.ts';
import { priced, record, stayed, toyParts } from './toy.ts';

/** A process that works on a log and its views until it is killed at a named point, or is done: `<folder> <point> <what>`. */
const [folder, crashAt, what] = process.argv.slice(2) as [string, string, string];
const log = SqliteEventLog.open({ file: `${folder}/log.db`, mode: 'write' });
const views = await openViewsInline(toyParts(log, { eventsAtOnce: 7 }), { dir: `${folder}/views`, crashAt });
await views.caughtUp();

const stay = (index: number) => stayed(`p${index % 5}`, `place-${index % 3}`, `2016-12-${10 + (index % 20)}`, index);
if (what === 'follow') {
  for (let index = 0; index < 20; index++) {
    await record(log, `visit-${index % 6}`, `2017-01-${10 + index}T10:00:00.000Z`, stay(index), stay(index + 1));
    await views.caughtUp();
  }
}
if (what === 'sweep') {
  await record(log, 'reference-prices', '2017-03-01T10:00:00.000Z', priced('place-1', 7));
  await views.caughtUp();
}
if (what === 'rebuild') await views.rebuild();

await views.close();
await log.close();
