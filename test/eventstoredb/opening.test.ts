import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDbEventLog } from '../../src/eventstoredb/eventstoredb-event-log.ts';
import { readConnectionString } from '../../src/eventstoredb/connection-string.ts';
import { LogUnavailable, NoLog } from '../../src/event-sourcing/event-log.ts';
import { errorOf, event, newStream } from '../event-log/samples.ts';
import { Authority, type Certified } from './certificates.ts';
import { EventStoreDouble } from './double/double.ts';

jest.setTimeout(30_000);

const patience = { attemptMs: 500, totalMs: 800 };

describe('opening a log on a server', () => {
  let plain: EventStoreDouble;
  let secured: EventStoreDouble;
  let expired: EventStoreDouble;
  let misnamed: EventStoreDouble;
  const folder = mkdtempSync(join(tmpdir(), 'woonspoor-opening-'));
  const authority = join(folder, 'authority.pem');

  beforeAll(async () => {
    const issuer = new Authority();
    writeFileSync(authority, issuer.certificate);
    const user = { name: 'woonspoor', password: 'p@ss:word' };
    const start = (tls: Certified) => EventStoreDouble.start({ tls, user });
    plain = await EventStoreDouble.start();
    secured = await start(issuer.certify(['localhost', '127.0.0.1']));
    expired = await start(issuer.certify(['localhost', '127.0.0.1'], new Date(Date.now() - 3_600_000)));
    misnamed = await start(issuer.certify(['node1.example']));
  });
  afterAll(() => {
    for (const server of [plain, secured, expired, misnamed]) server.stop();
    rmSync(folder, { recursive: true });
  });

  it('with certificate, user and password works', async () => {
    const log = await open(`esdb://woonspoor:p%40ss%3Aword@${secured.host}?tlsCAFile=${encodeURIComponent(authority)}`);
    expect(await log.append(newStream(), 'no-stream', [event()])).toMatchObject({ revision: 0 });
    await log.close();
  });

  it('by the names of KurrentDB works', async () => {
    const log = await open(`kurrentdb://${plain.host}?tls=false`);
    await log.close();
  });

  it('to read only says where no log has been begun, and refuses to write one that has', async () => {
    const connectionString = plain.connectionString('unbegun');
    await expect(EventStoreDbEventLog.open({ connectionString, mode: 'read', patience })).rejects.toThrow(NoLog);
    await (await open(connectionString)).close();
    const log = await EventStoreDbEventLog.open({ connectionString, mode: 'read', patience });
    expect((await errorOf(log.append(newStream(), 'no-stream', [event()]))).message).toMatch(/opened to read only$/);
    await log.close();
  });

  it('says when the beginning of the log cannot be read, not that the server has no leader', async () => {
    const connectionString = plain.connectionString('broken');
    await (await open(connectionString)).close();
    plain.events.overwrite('broken.woonspoor:log', 0, '{"broken');
    expect((await errorOf(open(connectionString))).message).toMatch(/is damaged: its first event cannot be read$/);
  });

  it('says which file cannot be taken for the certificate of an authority', () => {
    const broken = join(folder, 'broken.pem');
    writeFileSync(broken, '-----BEGIN CERTIFICATE-----\nMIIBbroken\n-----END CERTIFICATE-----\n');
    const read = (file: string) => () => readConnectionString(`esdb://user:secret@host?tlsCAFile=${file}`);
    expect(read(broken)).toThrow(/broken\.pem, which tlsCAFile names, holds no certificate \(PEM\)$/);
    expect(read(folder)).toThrow(/, which tlsCAFile names, cannot be read \(EISDIR\)$/);
  });

  for (const [what, string, says] of [
    [
      'a wrong password',
      () => `esdb://woonspoor:wrong@${secured.host}?tlsCAFile=${authority}`,
      /cannot be opened: the server refuses this user; look at user and password/,
    ],
    [
      'a certificate of an authority that is not known',
      () => `esdb://woonspoor:secret@${secured.host}`,
      /the certificate of .* is not trusted \(\w+\): give the file of its authority as tlsCAFile$/,
    ],
    [
      'a certificate that has expired',
      () => `esdb://woonspoor:secret@${expired.host}?tlsCAFile=${authority}`,
      /: the certificate of 127\.0\.0\.1:\d+ has expired: it has to be renewed$/,
    ],
    [
      'a certificate of another host',
      () => `esdb://woonspoor:secret@${misnamed.host}?tlsCAFile=${authority}`,
      /: the certificate of 127\.0\.0\.1:\d+ is of another host: name hosts as it does$/,
    ],
    [
      'a secured server that is asked without TLS',
      () => `esdb://${secured.host}?tls=false`,
      /talks TLS only: leave out tls=false, and give user and password$/,
    ],
    [
      'a server without security that is asked for it',
      () => `esdb://woonspoor:secret@${plain.host}`,
      /does not talk TLS: if it is a server without security, add tls=false$/,
    ],
    [
      'nobody there',
      () => 'esdb://127.0.0.1:9?tls=false',
      /nobody answers at 127\.0\.0\.1:9 \(ECONNREFUSED\); look whether it runs/,
    ],
    ['no such host', () => 'esdb://nowhere.invalid?tls=false', /there is no host nowhere\.invalid; look at its name$/],
    [
      'a cluster of which nobody is there',
      () => 'esdb://127.0.0.1:9,127.0.0.1:10?tls=false',
      /nobody answers at 127\.0\.0\.1:\d+/,
    ],
  ] as const) {
    it(`says in a sentence what is wrong: ${what}`, async () => {
      const refused = await errorOf(open(string()));
      expect(refused).toBeInstanceOf(LogUnavailable);
      expect(refused.message).toMatch(says);
      expect(refused.message).not.toMatch(/\n|wrong|secret/);
    });
  }
});

describe('a connection string that cannot be used says why, and quotes no password', () => {
  for (const [string, says] of Object.entries({
    '': 'it has the form',
    'postgres://secret@host': 'it has the form',
    'esdb://': 'it has the form',
    'esdb://host': 'a secured server asks for user:password@',
    'esdb://secret@host': 'before the @ stands user:password',
    'esdb://user:secret:more@host': 'before the @ stands user:password',
    'esdb://user:secr%et@host': 'stands a %',
    'esdb://user:secret@ho st': 'its hosts are name:port',
    'esdb://user:secret@host:0': 'its hosts are name:port',
    'esdb://user:secret@host:99999': 'its hosts are name:port',
    'esdb://user:secret@host,': 'its hosts are name:port',
    'esdb://user:secret@host?tls': 'options as name=value',
    'esdb://user:secret@host?tls=maybe': 'tls is true or false',
    'esdb://user:secret@host?tls=true&tls=true': 'tls stands there twice',
    'esdb://user:secret@host?timeout=5': 'an option timeout, which is not known',
    'esdb://user:secret@host?tlsVerifyCert=false': 'always verifies certificates',
    'esdb://user:secret@host?nodePreference=follower': 'can only be leader',
    'esdb://user:secret@host?defaultDeadline=soon': 'defaultDeadline is a whole number above 0',
    'esdb://user:secret@host?keepAliveInterval=100': 'keepAliveInterval is at least 10000',
    'esdb://user:secret@host?tlsCAFile=/not/there.pem': 'there is no file /not/there.pem',
    'esdb://user:secret@host?tls=false&tlsCAFile=/a.pem': 'of no use with tls=false',
    'esdb://user:secret@host?woonspoorNamespace=a-b': 'one word of letters and digits',
  })) {
    it(string === '' ? 'nothing' : string, () => {
      const read = () => readConnectionString(string);
      expect(read).toThrow(says);
      expect(read).toThrow(/^(?!.*secr)the connection string of the event log cannot be used: [^\n]+$/);
    });
  }

  it('and others are read whole', () => {
    expect(readConnectionString('esdb://u:p%40ss@a:1,[::1]:2,c?woonspoorNamespace=x&gossipTimeout=3')).toEqual({
      hosts: [
        { address: 'a', port: 1 },
        { address: '[::1]', port: 2 },
        { address: 'c', port: 2113 },
      ],
      isDiscovered: true,
      isSecure: true,
      rootCertificate: undefined,
      credentials: { username: 'u', password: 'p@ss' },
      prefix: 'x.',
      client: { gossipTimeout: 3 },
      words: 'a:1, [::1]:2, c:2113',
    });
  });
});

function open(connectionString: string): Promise<EventStoreDbEventLog> {
  return EventStoreDbEventLog.open({ connectionString, mode: 'write', patience });
}
