import { randomUUID } from 'node:crypto';
import type { Answer, ServerProcess } from '../server-process.ts';
import { pause } from '../event-log/samples.ts';

/** An event that a command was answered with. */
export interface Acknowledged {
  readonly caseId: string;
  readonly eventId: string;
  readonly revision: number;
}

const WRITERS = 8;
const PATIENCE_MS = 5_000;
/** A view may be behind, and a node away, for so long. */
const READABLE_WITHIN_MS = 60_000;

/**
 * Many that open households, assign, split and merge them, each command at one of two nodes. What is not answered goes to the
 * other node under the same key, until it is.
 */
export class HouseholdLoad {
  readonly acknowledged: Acknowledged[] = [];
  /** Cases opened, transfers sent off, commands that had to be sent again, cases read on the other node. */
  readonly counts = { opened: 0, splits: 0, merges: 0, again: 0, readOnOther: 0 };
  #longestAnswerMs = 0;
  #isStopping = false;
  /** Beside the writing: one of the nodes may be away. */
  readonly #reading: Promise<void>[] = [];
  readonly #nodes: () => readonly [ServerProcess, ServerProcess];
  readonly #working: Promise<unknown>;

  /** @param nodes those that run now: one that comes back has another address */
  constructor(nodes: () => readonly [ServerProcess, ServerProcess]) {
    this.#nodes = nodes;
    this.#working = Promise.all(Array.from({ length: WRITERS }, (_, writer) => this.#work(writer)));
    // Who stops it hears of its end.
    this.#working.catch(() => {});
  }

  /** The longest that a command took until it was acknowledged, however often it was sent. */
  get longestAnswerMs(): number {
    return this.#longestAnswerMs;
  }

  /** Waits for so many acknowledgements from now on. @throws when they do not come in time */
  async moreAcknowledged(events: number, withinMs: number): Promise<void> {
    const enough = this.acknowledged.length + events;
    for (const until = performance.now() + withinMs; this.acknowledged.length < enough; await pause(50)) {
      if (performance.now() > until) throw new Error(`no ${events} events were acknowledged within ${withinMs} ms`);
    }
  }

  /** Ends when everything that was begun is acknowledged. @throws what was refused, or not readable on the other node */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#working;
    await Promise.all(this.#reading);
  }

  async #work(writer: number): Promise<void> {
    for (let turn = writer; !this.#isStopping; turn++) {
      const opened = await this.#send(turn, '/v1/cases', {
        occurredOn: '2017-01-02',
        permitType: 'ASYLUM_TEMPORARY',
        channel: 'ASYLUM',
        members: ['HOLDER', 'PARTNER'].map((role) => ({ role, birthYear: 1985, personal: { name: 'Example Person' } })),
      });
      this.counts.opened++;
      const path = `/v1/cases/${opened.caseId}`;
      const assignee = `worker-${randomUUID().slice(0, 18)}`;
      const assigned = await this.#send(turn + 1, `${path}/assignments`, { assignee, organisation: 'COA' });
      const reading = this.#readable(turn, assignee, assigned);
      reading.catch(() => {});
      this.#reading.push(reading);
      if (turn % 2 === 1) continue;
      const split = await this.#send(turn, `${path}/household-splits`, { personIds: opened.personIds!.slice(1) });
      this.counts.splits++;
      if (turn % 4 === 2) continue;
      await this.#received(turn + 1, split.targetCaseId!);
      await this.#send(turn + 1, `/v1/cases/${split.targetCaseId}/household-merges`, { targetCaseId: opened.caseId });
      this.counts.merges++;
    }
  }

  /** To one node and the other in turn, until it is acknowledged. */
  async #send(first: number, path: string, body: object): Promise<Answer> {
    const key = randomUUID();
    const beganMs = performance.now();
    for (let attempt = first; ; attempt++) {
      const got = await this.#node(attempt).post(path, body, key, AbortSignal.timeout(PATIENCE_MS));
      if (got?.status === 201) {
        const { caseId, events } = got.answer;
        for (const { eventId, revision } of events) this.acknowledged.push({ caseId, eventId, revision });
        this.#longestAnswerMs = Math.max(this.#longestAnswerMs, performance.now() - beganMs);
        return got.answer;
      }
      if (got && got.status !== 503)
        throw new Error(`${path} was answered ${got.status}: ${JSON.stringify(got.answer)}`);
      this.counts.again++;
      await pause(100);
    }
  }

  /** What one node has acknowledged, the list of the other knows. */
  async #readable(other: number, assignee: string, { caseId, position, events }: Answer): Promise<void> {
    const path = `/v1/cases?list=all&assignee=${assignee}&minPosition=${position}`;
    for (const until = performance.now() + READABLE_WITHIN_MS; ; await pause(100)) {
      const list = (await this.#node(other)
        .get(path, AbortSignal.timeout(2 * PATIENCE_MS))
        .catch(() => ({}))) as { items?: { caseId: string; revision: number }[] };
      if (list.items !== undefined) {
        const [item] = list.items;
        if (item?.caseId !== caseId || item.revision < events.at(-1)!.revision) {
          throw new Error(`a list with minPosition=${position} does not know what was recorded at it`);
        }
        this.counts.readOnOther++;
        return;
      }
      if (performance.now() > until) throw new Error(`no node answered a list within ${READABLE_WITHIN_MS} ms`);
    }
  }

  /** Waits until a process manager has handed the persons over. */
  async #received(first: number, caseId: string): Promise<void> {
    const until = performance.now() + READABLE_WITHIN_MS;
    for (let attempt = first; ; attempt++, await pause(50)) {
      const dossier = (await this.#node(attempt)
        .get(`/v1/cases/${caseId}`, AbortSignal.timeout(PATIENCE_MS))
        .catch(() => ({}))) as { members?: unknown[] };
      if (dossier.members !== undefined && dossier.members.length > 0) return;
      if (performance.now() > until)
        throw new Error(`nobody was handed over to a case within ${READABLE_WITHIN_MS} ms`);
    }
  }

  #node(turn: number): ServerProcess {
    return this.#nodes()[turn % 2]!;
  }
}
