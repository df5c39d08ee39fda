import { describe, expect, it } from '@jest/globals';
import { Turns } from '../../src/analysis/turns.ts';

const soon = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

describe('Turns', () => {
  it('are so many at once, the rest in the order they came', async () => {
    const turns = new Turns(2, 10);
    const told: string[] = [];
    const gates = [gate(), gate(), gate(), gate()];
    const all = gates.map((own, at) =>
      turns.take(async () => {
        told.push(`begins ${at}`);
        await own.opened;
      }),
    );
    await soon();
    expect(told).toEqual(['begins 0', 'begins 1']);
    gates[1]!.open();
    await all[1];
    await soon();
    expect(told.slice(2)).toEqual(['begins 2']);
    for (const one of gates) one.open();
    await Promise.all(all);
    expect(told.at(-1)).toBe('begins 3');
  });

  it('are given up by who goes away while waiting, and taken by the next', async () => {
    const turns = new Turns(1, 10);
    const first = gate();
    const running = turns.take(() => first.opened);
    const gone = new AbortController();
    let began = false;
    const leaving = turns.take(() => Promise.resolve((began = true)), gone.signal);
    const next = turns.take(() => Promise.resolve('next'));
    gone.abort();
    await expect(leaving).rejects.toThrow('abort');
    first.open();
    await running;
    await expect(next).resolves.toBe('next');
    expect(began).toBe(false);
  });

  it('are refused where too many wait, and go on after work that fails', async () => {
    const turns = new Turns(1, 1);
    const first = gate();
    const failing = turns.take(() => first.opened.then(() => Promise.reject(new Error('no'))));
    const waiting = turns.take(() => Promise.resolve('done'));
    await expect(turns.take(() => Promise.resolve())).rejects.toMatchObject({ code: 'ANALYSIS_BUSY' });
    first.open();
    await expect(failing).rejects.toThrow('no');
    await expect(waiting).resolves.toBe('done');
  });
});
