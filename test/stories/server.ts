import { describe, jest } from '@jest/globals';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../../src/config.ts';
import { openEngine } from '../../src/log-engine.ts';
import type { LogPlace } from '../../src/log-place.ts';
import { PinoServerLog } from '../../src/http/log.ts';
import { openServer, type Server } from '../../src/main.ts';
import { isOnServer, logOnServer, stopDouble } from '../eventstoredb/log-server.ts';

// A server starts three threads; on a busy machine that takes a while.
jest.setTimeout(60_000);

/** The day on which the stories are told, long after what happens in them. */
export const TODAY = '2017-06-30';
export const ANNA = 'actor=anna; organisation=COA; role=PLACEMENT_COORDINATOR';
export const BRAM = 'actor=bram; organisation=GM0344';

/** What a server answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- the stories look into answers as a client would
  readonly body: any;
}

export interface Sending {
  readonly as?: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** For what is about the bytes of a log in a file: left out, and shown as such, where the stories run on a server's log. */
export const describeOnFile = isOnServer ? describe.skip : describe;

const started = new Set<StoryServer>();

/** A real server on a folder of its own, spoken to over HTTP. */
export class StoryServer {
  readonly folder: string;
  /** What the server logged. */
  readonly logged: string[] = [];
  /** Where its log stands; undefined: in a file of the folder. */
  readonly log: string | undefined;
  private readonly today: string;
  private server: Server | undefined;
  private keys = 0;

  private constructor(folder: string, log: string | undefined, today: string) {
    this.folder = folder;
    this.log = log;
    this.today = today;
  }

  /** `log`: where it is to stand, if not where the logs of the stories stand. */
  static async start({
    folder = mkdtempSync(join(tmpdir(), 'woonspoor-story-')),
    log,
    today = TODAY,
  }: {
    readonly folder?: string;
    readonly log?: string | undefined;
    readonly today?: string;
  } = {}): Promise<StoryServer> {
    const own = isOnServer ? await logOnServer(basename(folder).replaceAll(/[^A-Za-z0-9]/g, '')) : undefined;
    const story = new StoryServer(folder, log ?? own, today);
    started.add(story);
    await story.open();
    await story.ready();
    return story;
  }

  /** A further node on the log of another, which stands on a server; with a folder of its own, and the same master key. */
  static async beside(other: StoryServer): Promise<StoryServer> {
    const folder = mkdtempSync(join(tmpdir(), 'woonspoor-story-'));
    copyFileSync(join(other.folder, 'master-key'), join(folder, 'master-key'));
    return StoryServer.start({ folder, log: other.log, today: other.today });
  }

  get place(): LogPlace {
    return this.log === undefined ? { file: join(this.folder, 'log.sqlite') } : { connectionString: this.log };
  }

  /** Events after one position of an answer and up to another. */
  async recordedBetween(after: string, until: string): Promise<number> {
    const [from, to] = [after, until].map((token) => token.split(':').at(-1)!);
    const log = await openEngine(this.place, { mode: 'read' });
    let count = 0;
    for await (const batch of log.readAll({ after: from!, until: to! })) count += batch.length;
    await log.close();
    return count;
  }

  async ready(): Promise<void> {
    while ((await this.send('/readyz', {})).status !== 200) await sleep(20);
  }

  /** Ends when the event table of the cases knows as much as the views. */
  async analysed(): Promise<void> {
    for (;;) {
      const { views, analysis } = (await this.send('/readyz', {})).body;
      if (views.every(({ position }: { position: string }) => position === analysis.position)) return;
      await sleep(20);
    }
  }

  get url(): string {
    return this.server!.url;
  }

  async open(): Promise<void> {
    const config = loadConfig({
      WOONSPOOR_LOG: this.log,
      WOONSPOOR_DATA: this.folder,
      WOONSPOOR_PORT: '0',
      WOONSPOOR_CLOCK: this.today,
    });
    this.server = await openServer(config, new PinoServerLog({ write: (line) => void this.logged.push(line) }));
  }

  async close(): Promise<void> {
    await this.server?.stop();
    this.server = undefined;
  }

  async stop(): Promise<void> {
    await this.close();
    rmSync(this.folder, { recursive: true, force: true });
    started.delete(this);
    if (started.size === 0) await stopDouble();
  }

  get(path: string, { as = ANNA, headers = {} }: Sending = {}): Promise<Answer> {
    return this.send(path, { headers: { 'Development-Identity': as, ...headers } });
  }

  /** A command, under a key of its own unless one is given. */
  post(
    path: string,
    body: object,
    { as = ANNA, key = `key-${this.keys++}`, headers = {} }: Sending = {},
  ): Promise<Answer> {
    return this.send(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: {
        'Content-Type': 'application/json',
        'Development-Identity': as,
        'Idempotency-Key': key,
        ...headers,
      },
    });
  }

  async send(path: string, init: RequestInit): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, init);
    const text = await response.text();
    const isJson = /^application\/(problem\+)?json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  /** A command that must succeed; answers its body. */
  async done(path: string, body: object, sending?: Sending): Promise<Answer['body']> {
    const answer = await this.post(path, body, sending);
    if (answer.status !== 201) throw new Error(`${path} was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** A household of two, permit on 2 January 2017. */
  async household(more: object = {}): Promise<{ at: string; caseId: string; personIds: string[] }> {
    const { caseId, personIds } = await this.done('/v1/cases', { ...PERMIT, ...more });
    return { at: `/v1/cases/${caseId}`, caseId, personIds };
  }

  async dossier(at: string): Promise<Answer['body']> {
    return (await this.get(at)).body;
  }
}

export const PERMIT = {
  occurredOn: '2017-01-02',
  permitType: 'ASYLUM_TEMPORARY',
  channel: 'ASYLUM',
  receptionCentre: 'Ter Apel',
  members: [
    { role: 'HOLDER', birthYear: 1980, personal: { name: 'Amina Example', alienNumber: '2012345678' } },
    { role: 'PARTNER', birthYear: 1978, personal: { name: 'Yusuf Example' } },
  ],
};

export const HOME = {
  occurredOn: '2017-02-20',
  municipality: 'GM0344',
  address: { street: 'Voorbeeldstraat', houseNumber: '12 A', postalCode: '3511 AB', city: 'Utrecht' },
  kind: 'APARTMENT',
  rooms: 3,
  rentCents: 62_500,
  availableFrom: '2017-03-15',
};
