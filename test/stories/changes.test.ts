import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { ANNA, PERMIT, StoryServer } from './server.ts';

let server: StoryServer;
beforeAll(async () => {
  server = await StoryServer.start();
});
afterAll(() => server.stop());

interface Heard {
  readonly id: string;
  readonly event: string;
  readonly data: {
    readonly caseId: string;
    readonly revision: number;
    readonly position: string;
    readonly type: string;
  };
}

/** Listens to the changes until `count` of them were heard, or the server ends the stream. */
class Listener {
  readonly heard: Heard[] = [];
  text = '';
  readonly headers: Headers;
  private readonly hangUp: AbortController;
  private readonly reading: Promise<void>;

  private constructor(response: Response, hangUp: AbortController) {
    this.headers = response.headers;
    this.hangUp = hangUp;
    this.reading = this.read(response.body!).catch(() => undefined);
  }

  static async after(lastSeen?: string): Promise<Listener> {
    const hangUp = new AbortController();
    const response = await fetch(`${server.url}/v1/changes`, {
      headers: { 'Development-Identity': ANNA, ...(lastSeen ? { 'Last-Event-ID': lastSeen } : {}) },
      signal: hangUp.signal,
    });
    return new Listener(response, hangUp);
  }

  async until(count: number): Promise<readonly Heard[]> {
    for (let waited = 0; this.heard.length < count; waited++) {
      if (waited > 400) throw new Error(`heard ${this.heard.length} of ${count} changes`);
      await sleep(25);
    }
    return this.heard;
  }

  /** Resolves when the stream has ended. */
  ended(): Promise<void> {
    return this.reading;
  }

  async stop(): Promise<void> {
    this.hangUp.abort();
    await this.reading;
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const part of body) {
      this.text += decoder.decode(part, { stream: true });
      const messages = this.text.split('\n\n');
      this.heard.splice(0, this.heard.length, ...messages.slice(0, -1).flatMap(heardIn));
    }
  }
}

function heardIn(message: string): Heard[] {
  const fields = Object.fromEntries(message.split('\n').map((line) => line.split(/: (.*)/s, 2)));
  return fields.event ? [{ id: fields.id, event: fields.event, data: JSON.parse(fields.data) }] : [];
}

describe('The changes', () => {
  it('tell what is recorded once it can be read, and nothing personal', async () => {
    const listener = await Listener.after();
    expect(listener.headers.get('content-type')).toContain('text/event-stream');
    expect(listener.headers.get('api-version')).toBe('1.0.0');
    const { caseId, position } = await server.done('/v1/cases', PERMIT);
    const [change] = await listener.until(1);
    expect(change).toEqual({
      id: position,
      event: 'change',
      data: { position, caseId, revision: 0, type: 'PermitGranted' },
    });
    const list = await server.get(`/v1/cases?limit=200`);
    expect(list.body.items.map((one: { caseId: string }) => one.caseId)).toContain(caseId);
    expect(listener.text).not.toContain('Amina');
    await listener.stop();
  });

  it('go on after the last one that was seen, without a gap and without one twice', async () => {
    const { at, position } = await server.household().then(async (one) => ({
      ...one,
      position: (await server.done(`${one.at}/notes`, { text: '0' })).position as string,
    }));
    for (let count = 1; count <= 5; count++) await server.done(`${at}/notes`, { text: String(count) });
    const listener = await Listener.after(position);
    for (let count = 6; count <= 10; count++) await server.done(`${at}/notes`, { text: String(count) });
    const revisions = (await listener.until(10)).map((one) => one.data.revision);
    expect(revisions).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    await listener.stop();
  });

  it('of another log are refused', async () => {
    const headers = { 'Last-Event-ID': 'other:5' };
    const { status, body } = await server.get('/v1/changes', { headers });
    expect([status, body.type]).toEqual([400, '/v1/problems/wrong-log']);
  });

  it('end when the server stops, and can be taken up again after its restart', async () => {
    const listener = await Listener.after();
    const { at } = await server.household();
    const [last] = await listener.until(1);
    await Promise.all([listener.ended(), server.close()]);
    await server.open();
    await server.done(`${at}/notes`, { text: 'After the restart.' });
    const again = await Listener.after(last!.id);
    expect((await again.until(1))[0]!.data.type).toBe('NoteAdded');
    await again.stop();
  });
});
