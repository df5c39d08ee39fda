import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ended, start } from '../command-line.ts';
import { EventStoreDouble } from '../eventstoredb/double/double.ts';

jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'woonspoor-simulate-'));

const file = (name: string) => join(folder, name);
const run = (data: string, ...args: string[]) => ended(start(file(data), args));

describe('simulate on the command line', () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('fills an empty log, whose chains hold, and knows that it is done', async () => {
    expect(await run('a', 'simulate', '--scale', '0.01')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^[\d,]+ facts of \d+ cases recorded\.\n$/),
    });
    expect(await run('a', 'verify')).toMatchObject({ code: 0 });
    expect(await run('a', 'simulate', '--scale', '0.01')).toMatchObject({
      code: 0,
      out: expect.stringContaining('complete already'),
    });
    expect(await run('a', 'simulate', '--scale', '0.01', '--seed', '2')).toMatchObject({
      code: 1,
      err: expect.stringContaining('another simulation (--seed 1 '),
    });
  });

  it('stops when it is told to, and goes on from there', async () => {
    const stopped = await ended(start(file('b'), ['simulate', '--scale', '0.1']), /\d+\/420 days/);
    expect(stopped).toMatchObject({ code: 130, err: expect.stringContaining('go on from there') });
    const started = await run('b', 'events', '--stream', 'simulation-run', '--tail', '1');
    expect(started.out).toMatch(/SimulationStarted|DaySimulated/);
    expect(await run('b', 'serve')).toMatchObject({ code: 1, err: expect.stringContaining('stopped half-way') });
    expect(await run('b', 'simulate', '--scale', '0.1')).toMatchObject({ code: 0 });
  });

  it('says all that is wrong with what it is asked for', async () => {
    const { code, err } = await run('c', 'simulate', '--scale', '0', '--from', '2016-02-30', '--until', '2031-01-01');
    expect(code).toBe(2);
    expect(err).toMatch(/--from must be a day[^]*2022-12-31[^]*--scale/);
    expect(existsSync(join(folder, 'c'))).toBe(false);
  });
});

describe('the demonstration', () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is made by serve in a new data folder, can be stopped, and is known again', async () => {
    const stopped = await ended(start(file('d'), ['serve']), /[1-9]\d*\/420 days/);
    expect(stopped).toMatchObject({ code: 130, err: expect.stringContaining('Start again to go on') });
    const events = await run('d', 'events', '--stream', 'simulation-run');
    expect(events.out).toContain('"demo":true');
    const key = Buffer.alloc(32).toString('base64');
    const inProduction = await ended(
      start(file('d'), ['serve'], { NODE_ENV: 'production', WOONSPOOR_MASTER_KEY: key }),
    );
    expect(inProduction).toMatchObject({ code: 1, err: expect.stringContaining('refused with NODE_ENV=production') });
  });

  it.each(['log:before-commit@1', 'log:after-commit@1', 'log:after-commit@3'])(
    'is made by the next start when the first was killed early, at %s',
    async (WOONSPOOR_CRASH_AT) => {
      const data = `killed-${WOONSPOOR_CRASH_AT}`;
      const child = start(file(data), ['serve'], { WOONSPOOR_CRASH_AT });
      await ended(child);
      expect(child.signalCode).toBe('SIGKILL');
      const again = await ended(start(file(data), ['serve']), /Making the demonstration/);
      expect(again).toMatchObject({ code: 130, err: expect.stringContaining('Start again to go on') });
      const events = await run(data, 'events', '--stream', 'simulation-run');
      expect(events.out).toContain('"demo":true');
    },
  );

  it('goes on when its views were rebuilt meanwhile, for nobody has seen them', async () => {
    await ended(start(file('f'), ['serve']), /[1-9]\d*\/420 days/);
    expect(await run('f', 'rebuild', 'norm-terms')).toMatchObject({ code: 0 });
    const again = await ended(start(file('f'), ['serve']), /[1-9]\d*\/420 days/);
    expect(again).toMatchObject({ code: 130, err: expect.stringContaining('Start again to go on') });
  });

  it('is not made of a log that was served without it', async () => {
    const options = ['--scale', '0.01'];
    await ended(start(file('g'), ['serve', '--empty']), /Ctrl-C stops/);
    expect(await run('g', 'simulate', ...options)).toMatchObject({
      code: 1,
      err: expect.stringContaining('has been served already'),
    });
    const events = await run('g', 'events', '--stream', 'simulation-run');
    expect(events.out).toBe('');
  });

  it('is not made for a clock that stands before its end', async () => {
    expect(await run('e', 'serve', '--clock', '2016-05-01')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--empty starts without it'),
    });
    expect(existsSync(join(folder, 'e'))).toBe(false);
  });
});

describe("the demonstration in a server's log", () => {
  let double: EventStoreDouble;
  beforeAll(async () => void (double = await EventStoreDouble.start()));
  afterAll(() => {
    double.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const runs = async (own: NodeJS.ProcessEnv) =>
    (await ended(start(file('reader'), ['events', '--stream', 'simulation-run'], own))).out;

  it('is made only if asked for', async () => {
    const own = { WOONSPOOR_LOG: double.connectionString('plain') };
    const plain = await ended(start(file('h'), ['serve'], own), /Ctrl-C stops|days/);
    expect(plain).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^The log is on the server 127\.0\.0\.1:\d+ \(woonspoorNamespace plain\)\.$/m),
    });
    expect(await runs(own)).toBe('');
    const late = await ended(start(file('h'), ['serve', '--demo'], own), /Ctrl-C stops|days/);
    expect(late).toMatchObject({ code: 0, err: expect.stringContaining('is not made in it') });
    expect(await runs(own)).toBe('');
  });

  it('is not asked for and declined at once, nor made in production', async () => {
    expect(await run('i', 'serve', '--demo', '--empty')).toMatchObject({ code: 2 });
    const own = { NODE_ENV: 'production', WOONSPOOR_MASTER_KEY: Buffer.alloc(32).toString('base64') };
    expect(await ended(start(file('i'), ['serve', '--demo'], own))).toMatchObject({
      code: 1,
      err: expect.stringContaining('refused with NODE_ENV=production'),
    });
    expect(existsSync(file('i'))).toBe(false);
  });

  it('is gone on with by the node that began it, however it is started; another says what it waits for', async () => {
    const own = { WOONSPOOR_LOG: double.connectionString('stopped') };
    const stopped = await ended(start(file('j'), ['serve', '--demo'], own), /\d+\/420 days/);
    expect(stopped).toMatchObject({ code: 130, err: expect.stringContaining('Start again to go on') });
    const other = await ended(start(file('k'), ['serve', '--empty'], own), /Another node/);
    expect(other).toMatchObject({ code: 130, err: expect.stringMatching(/start it again with its own data folder/) });
    const again = await ended(start(file('j'), ['serve', '--empty'], own), /\d+\/420 days|Another node/);
    expect(again).toMatchObject({ code: 130, err: expect.stringContaining('Making the demonstration') });
  });
});
