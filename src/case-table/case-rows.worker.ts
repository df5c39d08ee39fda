import { parentPort, workerData } from 'node:worker_threads';
import type { CaseHistory } from '../journey/case-history.ts';
import { reasonOf } from '../projecting/view-store.ts';
import type { ProjectorModule } from '../read-store/projector-worker-link.ts';
import type { Reference } from '../reference/reference.ts';
import { CaseRowsOfLog, type RowsTold } from './case-rows.ts';
import type { RowsRequest, RowsThread } from './case-rows-thread.ts';

/** The thread that works out rows of cases: it reads the log by itself, so that no other thread has to. */
const { module, config } = workerData as RowsThread;
const port = parentPort!;
const made = (await import(module)) as ProjectorModule<unknown, CaseHistory, Reference>;
const parts = await made.createProjectorParts(config);
const rows = new CaseRowsOfLog(parts);
const closing = new AbortController();
let reading: { readonly told: AsyncGenerator<RowsTold, void, void>; readonly ends: AbortController } | undefined;

rows.watch(() => port.postMessage('moved'), closing.signal);
port.on('message', (request: RowsRequest) => {
  const { number } = request;
  answerTo(request).then(
    (answer) => port.postMessage({ number, answer }),
    (error: unknown) => port.postMessage({ number, reason: reasonOf(error) }),
  );
});

async function answerTo(request: RowsRequest): Promise<IteratorResult<RowsTold, void> | undefined> {
  switch (request.ask) {
    case 'since': {
      const ends = new AbortController();
      reading = { told: rows.since(request.asked, ends.signal), ends };
      return reading.told.next();
    }
    case 'next':
      return reading!.told.next();
    case 'end':
      reading?.ends.abort();
      await reading?.told.return().catch(() => {});
      return undefined;
    case 'close':
      closing.abort();
      await parts.log.close();
      port.close();
      return undefined;
  }
}
